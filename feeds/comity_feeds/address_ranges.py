"""Address ranges by member, as registries and location databases publish them: ``first,last,member``, one a line.

Each becomes an asset: an infrastructure whose prefixes incidents and indicators can be compared with.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, summarize_address_range

from comity.errors import InvalidObjectError
from comity_schemas.extensions import ASSET

from comity_feeds.authoring import Context, stix_id, stix_object
from comity_feeds.drafts import bounded, sized
from comity_feeds.options import FeedOptions
from comity_feeds.reading import unpack
from comity_feeds.record import FeedRecord
from comity_feeds.tables import TableLines, rows

ASSET_KIND = "address-range"
_MEMBER = re.compile(r"[A-Z]{2}")
_COLUMNS = 3


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield an asset for every range, and an error for every row that is none."""
    settings = FeedOptions.of(options)
    table = TableLines(unpack(source, settings.limits), "#")
    return (_record(row, settings) for row in bounded(rows(table, ","), settings.limits))


def _record(row: tuple[str, tuple[str, ...]] | FeedRecord, options: FeedOptions) -> FeedRecord:
    if isinstance(row, FeedRecord):
        return row
    place, cells = row
    try:
        return sized((place,), _asset(cells, options), options.limits)
    except InvalidObjectError as error:
        return FeedRecord.refused(place, error)


def _asset(cells: Sequence[str], options: FeedOptions) -> bytes:
    if len(cells) != _COLUMNS:
        raise InvalidObjectError(f"row has {len(cells)} cells, expected first address, last address, member")
    first, last, member = cells
    if not _MEMBER.fullmatch(member):
        raise InvalidObjectError(f"member is {member[:40]!r}, expected a code of two capital letters")
    prefixes = _prefixes(_address(first), _address(last))
    properties = {
        "type": "infrastructure",
        "id": stix_id("infrastructure", options, ASSET_KIND, *prefixes, member),
        "name": prefixes[0] if len(prefixes) == 1 else f"{first} - {last}",
        "extensions": {ASSET: {"extension_type": "property-extension", **_of_asset(member, prefixes)}},
    }
    return stix_object(properties, Context(), options=options)


def _of_asset(member: str, prefixes: list[str]) -> dict[str, object]:
    return {"asset_kind": ASSET_KIND, "member": member, "prefixes": prefixes}


def _address(text: str) -> IPv4Address | IPv6Address:
    try:
        return ip_address(text if "%" not in text else "")
    except ValueError as error:
        raise InvalidObjectError(f"address is {text[:60]!r}, expected an IPv4 or IPv6 address") from error


def _prefixes(first: IPv4Address | IPv6Address, last: IPv4Address | IPv6Address) -> list[str]:
    """Return the fewest prefixes that cover the range and nothing else."""
    if isinstance(first, IPv4Address) and isinstance(last, IPv4Address) and first <= last:
        return [str(network) for network in summarize_address_range(first, last)]
    if isinstance(first, IPv6Address) and isinstance(last, IPv6Address) and first <= last:
        return [str(network) for network in summarize_address_range(first, last)]
    raise InvalidObjectError(f"range is {str(first)!r} to {str(last)!r}, expected one family in rising order")
