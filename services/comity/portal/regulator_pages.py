"""The pages of those who oversee: an edition of the summary, and the exact figures of their own member."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from comity.oversight.edition import FLAT_HEADER, SUPPRESSED, Edition, Number, Row, Sheet, Signed, rows_of
from comity.oversight.moments import moment
from comity.oversight.returns import Return
from comity.portal.answers import Page, Table
from comity.portal.site import Site
from comity.store import oversight
from comity.store.oversight import EditionRow

_SHADES = 5
_BAR = 160
_ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What the member's own regulator is told exactly; nobody else is."""

    period: str
    figures: Mapping[str, Number]
    tables: Mapping[str, Mapping[str, int]]
    duties: Mapping[str, Mapping[str, int]]
    """As of now: regime -> state -> clocks."""


def signed_of(row: EditionRow) -> Signed:
    """Return an edition as it was signed."""
    return Signed(body=row.body, signature=row.signature)


def edition_page(site: Site, row: EditionRow | None) -> Page:
    """Return the page of an edition, or of there being none yet."""
    numbers = [each.number for each in oversight.all_editions(site.services.store.read())]
    edition = None if row is None else signed_of(row).edition
    return Page(
        template="regulator.html",
        title="Cross-border summary",
        data=edition,
        table=Table(header=FLAT_HEADER, rows=rows_of(edition) if edition else []),
        more={
            "row": row,
            "numbers": numbers,
            "signature": "" if row is None else row.signature.hex(),
            "shades": {} if edition is None else _shades(edition),
            "bars": {} if edition is None else _bars(edition),
            "suppressed": SUPPRESSED,
        },
    )


def own_page(site: Site) -> Page:
    """Return the page of the member's own figures."""
    own = _own(site)
    rows: list[Sequence[object]] = [("figure", "", name, value) for name, value in own.figures.items()]
    rows += [("table", table, name, value) for table, counts in own.tables.items() for name, value in counts.items()]
    rows += [("duty", regime, state, value) for regime, counts in own.duties.items() for state, value in counts.items()]
    return Page(
        template="regulator_own.html",
        title="Own figures",
        data=own,
        table=Table(header=("what", "of", "name", "value"), rows=rows),
    )


def _own(site: Site) -> Own:
    connection = site.services.store.read()
    duties = site.services.oversight.tally()
    last = max(oversight.all_returns(connection), key=lambda one: one.start, default=None)
    if last is None:
        return Own(period="", figures={}, tables={}, duties=duties)
    told = msgspec.json.decode(last.body, type=Return)
    taken = next(
        (
            int(json.loads(row.audit)["taken"])
            for row in reversed(oversight.all_editions(connection))
            if (row.start, row.end) == (last.start, last.end) and row.audit
        ),
        None,
    )
    return Own(
        period=f"{moment(told.start)} up to {moment(told.end)}",
        figures=_figures(told, taken),
        tables={
            **{f"Reports by {name}": counts for name, counts in told.reports.items()},
            "Objects withheld, by reason": told.withheld,
            "Objects in a lesser form, by reason": told.redacted,
            "Ordinary cases by class": {
                name: count for name, count in (told.ordinary or {}).items() if count is not None
            },
        },
        duties=duties,
    )


def _figures(told: Return, taken: int | None) -> dict[str, Number]:
    given = sum(told.given.values())
    figures: dict[str, Number] = {
        "Reports shared": sum(told.reports.get("sector", {}).values()),
        "Reports never shared": told.never_shared,
        "Objects released": told.quality.released,
        "Declared invalid": told.quality.revoked,
        "Recalled": told.quality.recalled,
        "Confirmations of recalls asked for": told.quality.asked,
        "Confirmed within an hour": told.quality.confirmed_in_hour,
        "Confirmed within a day": told.quality.confirmed_in_day,
        "Openness": round(told.points / (2 * told.pairs), 4) if told.pairs else "no object",
        "Given, object and member": given,
    }
    if taken is not None:
        figures["Taken, object and member"] = taken
        figures["Balance"] = round((given - taken) / (given + taken), 4) if given + taken else "nothing exchanged"
    return figures


def _shades(edition: Edition) -> dict[str, list[list[int]]]:
    """Return how dark each cell of a wide table is, from 0 to 5, by the table's id; sums are left light."""
    wide = [sheet for section in edition.sections for sheet in section.sheets if len(sheet.header) > 3]
    return {sheet.id: _shaded(sheet) for sheet in wide if sheet.id == "cases"}


def _shaded(sheet: Sheet) -> list[list[int]]:
    highest = max((cell for row in sheet.rows for cell in _inner(sheet, row) if isinstance(cell, int)), default=0)
    return [
        [
            -(-cell * _SHADES // highest)
            if highest and isinstance(cell, int) and place < len(_inner(sheet, row))
            else 0
            for place, cell in enumerate(row.cells)
        ]
        for row in sheet.rows
    ]


def _inner(sheet: Sheet, row: Row) -> Sequence[Number]:
    """Return the cells of a row that are no sums."""
    if row.name == _ALL:
        return ()
    return row.cells[:-1] if sheet.header[-1] == _ALL else row.cells


def _bars(edition: Edition) -> dict[str, list[int]]:
    """Return the length of the bar beside each row of a table with one count, by the table's id."""
    narrow = [sheet for section in edition.sections for sheet in section.sheets if len(sheet.header) == 2]
    found = {}
    for sheet in narrow:
        counts = [row.cells[0] if row.name != _ALL else 0 for row in sheet.rows]
        highest = max((count for count in counts if isinstance(count, int)), default=0)
        if highest:
            found[sheet.id] = [round(_BAR * count / highest) if isinstance(count, int) else 0 for count in counts]
    return found
