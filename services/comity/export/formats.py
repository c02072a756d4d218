"""The formats in which what a desk found is given out, by the path at which programs read them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from comity.export import lists, rule_files, stix_files, suricata, zones
from comity.export.entries import ADDRESSES, Entry

_TEXT = "text/plain; charset=utf-8"
_CSV = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format: what it is, and what makes it of entries."""

    title: str
    media_type: str
    render: Callable[[Iterable[Entry]], bytes]


def _text(title: str, render: Callable[[Iterable[Entry]], bytes]) -> Format:
    return Format(title=title, media_type=_TEXT, render=render)


def _edl(*kinds: str) -> Callable[[Iterable[Entry]], bytes]:
    return lambda entries: lists.edl(entries, *kinds)


FORMATS: Mapping[str, Format] = {
    "stix.json": Format(
        title="STIX 2.1 bundle", media_type="application/stix+json;version=2.1", render=stix_files.bundle
    ),
    "table.csv": Format(title="CSV, one row an observable", media_type=_CSV, render=lists.table),
    "edl/ip.txt": _text("addresses and networks", _edl(*ADDRESSES)),
    "edl/ipv4.txt": _text("IPv4 addresses and networks", _edl("ipv4")),
    "edl/ipv6.txt": _text("IPv6 addresses and networks", _edl("ipv6")),
    "edl/domain.txt": _text("host names", _edl("domain")),
    "edl/url.txt": _text("URLs without their scheme", lists.edl_of_urls),
    "edl/md5.txt": _text("MD5 hashes", _edl("file:md5")),
    "edl/sha1.txt": _text("SHA-1 hashes", _edl("file:sha1")),
    "edl/sha256.txt": _text("SHA-256 hashes", _edl("file:sha256")),
    "suricata/comity.rules": _text("Suricata rules", suricata.rules),
    **{
        f"suricata/comity-{name}.lst": _text(f"Suricata dataset: {name}", partial(suricata.dataset, name=name))
        for name in suricata.DATASETS
    },
    "rpz.zone": _text("DNS response policy zone", zones.rpz),
    "zeek.intel": _text("Zeek intelligence", zones.zeek),
    "sigma.yml": _text("Sigma rules", rule_files.sigma),
    "rules.yar": _text("YARA rules", rule_files.yara),
    **{
        f"splunk/{name}_intel.csv": Format(
            title=f"Splunk Enterprise Security: {name}", media_type=_CSV, render=partial(lists.splunk, collection=name)
        )
        for name in lists.SPLUNK
    },
    "sentinel.jsonl": Format(
        title="bodies of uploads to Microsoft Sentinel, one a line",
        media_type="application/x-ndjson",
        render=stix_files.uploads,
    ),
}
"""Path -> format. A MISP feed, which is many files, is beside them."""

MISP = "misp"
MANIFEST = f"{MISP}/manifest.json"
