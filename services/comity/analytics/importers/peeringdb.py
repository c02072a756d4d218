"""A dump of PeeringDB: exchanges, facilities and networks of one country.

The dump is the JSON of its API, either all kinds of objects in one document (``{"ix": {"data": [...]}, ...}``) or one
answer of the API (``{"data": [...]}``). An exchange hangs on the facilities it is in, in equal parts.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from comity.analytics.importers.documents import document, made, objects, text
from comity.domain.asset import Asset, AssetKind, Dependency
from comity.errors import InvalidObjectError

_MOST_ASN = 4_294_967_295


def read(raw: bytes, member: str, country: str) -> Iterator[Asset]:
    """Yield what is in the country with the two-letter code *country*; a network is of none there, so it comes always.

    Raises:
        InvalidObjectError: it is no dump.
    """
    dump = document(raw, "the dump")
    if not isinstance(dump, dict):
        raise InvalidObjectError("the dump is no JSON object, expected that of PeeringDB's API")
    parts = {name: list(objects(part.get("data"))) for name, part in dump.items() if isinstance(part, dict)}
    for one in objects(dump.get("data")):
        parts.setdefault(_kind_of(one), []).append(one)
    if not parts.keys() & {"ix", "fac", "net"}:
        raise InvalidObjectError("the dump has none of ix, fac and net, expected that of PeeringDB's API")
    places = defaultdict(list)
    for one in parts.get("ixfac", ()):
        places[text(one.get("ix_id"))].append(f"fac/{text(one.get('fac_id'))}")
    for one in parts.get("fac", ()):
        yield from _asset("fac", AssetKind.DATA_CENTRE, one, member=member, country=country)
    for one in parts.get("ix", ()):
        yield from _asset("ix", AssetKind.EXCHANGE, one, member=member, country=country, on=places[text(one.get("id"))])
    for one in parts.get("net", ()):
        yield from _asset("net", AssetKind.PROVIDER, one, member=member, country="")


def _asset(
    prefix: str, kind: AssetKind, one: Mapping[str, Any], *, member: str, country: str, on: list[str] | None = None
) -> Iterator[Asset]:
    number, asn = text(one.get("id")), one.get("asn")
    if not number or (country and text(one.get("country")).upper() != country.upper()):
        return
    keys = list(dict.fromkeys(on or ()))
    yield made(
        key=f"{prefix}/{number}",
        member=member,
        kind=kind,
        name=text(one.get("name")),
        operator=text(one.get("org_name")),
        landing_points=tuple(filter(None, [text(one.get("city"))])),
        asns=(asn,) if isinstance(asn, int) and 0 <= asn <= _MOST_ASN else (),
        depends_on=tuple(Dependency(on=key, share=1 / len(keys), kind="hosting") for key in keys),
    )


def _kind_of(one: Mapping[str, Any]) -> str:
    if "asn" in one:
        return "net"
    return "ix" if "media" in one or "proto_unicast" in one else "fac"
