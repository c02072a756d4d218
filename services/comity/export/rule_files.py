"""Rules: Sigma made of observables and passed through, and YARA passed through."""

from collections.abc import Iterable
from uuid import UUID, uuid5

import yaml

from comity.export.entries import ADDRESSES, Entry, values

_NAMESPACE = UUID("0d2a1b6d-6f5c-5c1e-9a65-3f1f8f0c2b11")
_MOST_VALUES = 5_000
_SIGMA = {
    "DNS queries": ({"category": "dns_query", "product": "windows"}, "QueryName", ("domain",)),
    "proxied requests": ({"category": "proxy"}, "c-uri", ("url",)),
    "connections": ({"category": "firewall"}, "dst_ip", ("ipv4", "ipv6")),
    "processes by SHA-256": ({"category": "process_creation", "product": "windows"}, "Hashes", ("file:sha256",)),
    "processes by MD5": ({"category": "process_creation", "product": "windows"}, "Hashes", ("file:md5",)),
}
_CONTAINED = {"file:sha256": "SHA256=", "file:md5": "MD5="}


def sigma(entries: Iterable[Entry]) -> bytes:
    """Return rules over at most 5,000 values each, then the rules of others, as YAML documents."""
    entries = list(entries)
    made = [text for title in _SIGMA for text in _rules(title, entries)]
    passed = sorted({one.pattern.strip() for one in entries if one.pattern_type == "sigma"})
    return "\n---\n".join([*made, *passed, ""]).removesuffix("---\n").encode()


def yara(entries: Iterable[Entry]) -> bytes:
    """Return the YARA rules of others, one text after another."""
    found = sorted({one.pattern.strip() for one in entries if one.pattern_type == "yara"})
    return "\n\n".join([*found, ""]).encode()


def _rules(title: str, entries: list[Entry]) -> list[str]:
    source, field, kinds = _SIGMA[title]
    found = list(values(entries, *kinds))
    if kinds == ADDRESSES:
        exact = [value for value in found if "/" not in value]
        networks = [value for value in found if "/" in value]
        parts = _portions(field, exact) + _portions(f"{field}|cidr", networks)
    else:
        prefix = _CONTAINED.get(kinds[0], "")
        parts = _portions(f"{field}|contains" if prefix else field, [f"{prefix}{value}" for value in found])
    return [_document(f"Comity: {title}", source, key, some) for key, some in parts]


def _portions(key: str, found: list[str]) -> list[tuple[str, list[str]]]:
    return [(key, found[start : start + _MOST_VALUES]) for start in range(0, len(found), _MOST_VALUES)]


def _document(title: str, source: dict[str, str], key: str, found: list[str]) -> str:
    rule = {
        "title": title,
        "id": str(uuid5(_NAMESPACE, f"{title} {key} {found[0]}")),
        "status": "experimental",
        "logsource": source,
        "detection": {"selection": {key: found}, "condition": "selection"},
        "level": "high",
    }
    return yaml.safe_dump(rule, sort_keys=False, allow_unicode=True, width=4096).strip()
