"""Readers of files in which others list what a member must protect; each yields assets of that member."""

from collections.abc import Callable, Iterable, Mapping

from comity.analytics.importers import apnic, bill_of_materials, cable_map, peeringdb, spreadsheet
from comity.domain.asset import Asset

Reader = Callable[[bytes, str, str], Iterable[Asset]]
"""Reads bytes for a member, out of a file that covers countries only what is of the one with a two-letter code."""

READERS: Mapping[str, Reader] = {
    "csv": spreadsheet.read,
    "json": spreadsheet.read_json,
    "cyclonedx": bill_of_materials.read_cyclonedx,
    "spdx": bill_of_materials.read_spdx,
    "peeringdb": peeringdb.read,
    "cable-map": cable_map.read,
    "apnic": apnic.read,
}
"""By the name of the format."""
