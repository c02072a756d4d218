"""Suricata: a few rules over datasets of any size, the datasets themselves, and the rules of others passed through.

A dataset of strings holds Base64, one value a line; addresses and hashes stand as they are (Suricata 7, 8.47).
"""

import base64
import re
from collections.abc import Iterable

from comity.export.entries import Entry, values

_FIRST_SID = 1_990_000_001
_SETS = {
    "domains": ("dns", "dns.query; dataset:isset,{name},type string,load {file};", ("domain",), True),
    "hosts": ("tls", "tls.sni; dataset:isset,{name},type string,load {file};", ("domain",), True),
    "urls": ("http", "http.uri.raw; dataset:isset,{name},type string,load {file};", ("url",), True),
    "md5": ("http", "file.data; filemd5:{file};", ("file:md5",), False),
    "sha256": ("http", "file.data; filesha256:{file};", ("file:sha256",), False),
    "ipv4": ("ip", "ip.dst; dataset:isset,{name},type ipv4,load {file};", ("ipv4",), False),
}
"""Dataset -> protocol, what compares with it, the kinds in it, and whether it is one of strings."""

DATASETS = tuple(_SETS)
_PLAIN_ADDRESS = re.compile(r"[0-9.]+")
_PATH_OF_URL = re.compile(r"^[a-z][a-z0-9+.-]*://[^/]+(/.+)$")


def rules(entries: Iterable[Entry]) -> bytes:
    """Return one rule a dataset, and the rules that others wrote."""
    entries = list(entries)
    made = [_rule(number, name) for number, name in enumerate(DATASETS) if dataset(entries, name)]
    passed = sorted({one.pattern for one in entries if one.pattern_type == "suricata" and "\n" not in one.pattern})
    return "".join(f"{rule}\n" for rule in (*made, *passed)).encode()


def dataset(entries: Iterable[Entry], name: str) -> bytes:
    """Return the values of a dataset as Suricata loads them."""
    _, _, kinds, is_text = _SETS[name]
    found = values(entries, *kinds)
    if name == "ipv4":
        found = (value for value in found if _PLAIN_ADDRESS.fullmatch(value))
    if name == "urls":
        found = (path[1] for value in found if (path := _PATH_OF_URL.match(value)) and len(path[1]) > 8)
    lines = (base64.b64encode(value.encode()).decode() if is_text else value for value in dict.fromkeys(found))
    return "".join(f"{line}\n" for line in lines).encode()


def _rule(number: int, name: str) -> str:
    protocol, compared, _, _ = _SETS[name]
    options = compared.format(name=f"comity-{name}", file=f"comity-{name}.lst")
    return (
        f'alert {protocol} any any -> any any (msg:"Comity {name}"; {options} '
        f"classtype:trojan-activity; sid:{_FIRST_SID + number}; rev:1;)"
    )
