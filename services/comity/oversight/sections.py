"""The eleven sections of an edition, out of its material: every number goes through one door that may suppress it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from comity.domain.member import Bloc
from comity.oversight import counting
from comity.oversight.composing import Material
from comity.oversight.counting import AMOUNTS, CASES, STATED, STATES, duty_table, stated_table
from comity.oversight.edition import NOT_SHARED, SUPPRESSED, Edition, Fact, Number, Row, Section, Sheet
from comity.oversight.links import LINKS, NONE
from comity.oversight.moments import moment
from comity.oversight.returns import Return
from comity.oversight.tables import ALL, Key, Rule, Table

_SUPPRESSION = (
    "“{word}” stands for a count from 1 to {low}, for what fewer than {members} members contributed to, and for "
    "numbers that would give one of these away. A linear program has checked that no reader, with all editions so far "
    "and the reader's own member's figures, comes closer than {k} to any of the first two kinds. Of the third nothing "
    "is promised: it may be any number, also 0, and may be told more closely."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What an edition says besides its members' figures."""

    bloc: Bloc
    rule: Rule
    number: int
    previous: str
    made: int
    rules: str
    corroboration: tuple[int, int, int]
    """Observables that were released, those that several members reported, and reports of all of them."""


def edition_of(material: Material, setting: Setting) -> Edition:
    """Return the edition."""
    door = _Door(material, setting)
    makers: Sequence[Callable[[_Door], Section]] = (
        _basis,
        _borders,
        _reports,
        _infrastructure,
        _timeliness,
        _duties,
        _quality,
        _sovereignty,
        _openness,
        _capacity,
        _method,
    )
    return Edition(
        title="Cross-border summary",
        number=setting.number,
        start=moment(material.start),
        end=moment(material.end),
        made=moment(setting.made),
        previous=setting.previous,
        rules=setting.rules,
        k=setting.rule.k,
        contributors=setting.rule.contributors,
        dominance=setting.rule.dominance,
        sections=tuple(make(door) for make in makers),
    )


class _Door:
    """Tells a number, or the word that stands for it."""

    def __init__(self, material: Material, setting: Setting) -> None:
        self.material = material
        self.setting = setting
        self.members = tuple(setting.bloc.members)

    def count(self, table: str, member: str, column: str) -> Number:
        """Return a sum of a table."""
        found = self.material.tables.get(table)
        if found is None and table in {counting.LINK, counting.LINKED_SECTOR}:
            return SUPPRESSED
        place = None if found is None else found.place(member, column)
        if place is None or not place.atoms:
            return NOT_SHARED
        return place.value if Key(table, member, column) in self.material.protection.published else SUPPRESSED

    def sum(self, shares: Mapping[str, int]) -> Number:
        """Return a count over the bloc that is in no table; *shares* are those of the members."""
        if not shares:
            return NOT_SHARED
        contributors = sum(share > 0 for share in shares.values())
        total = sum(shares.values())
        return SUPPRESSED if self._may_not(self.setting.rule.hides(total, contributors)) else total

    def figure(self, value: float | None, contributors: int) -> Number:
        """Return a mean or a rank over the bloc, to which so many members contributed."""
        if value is None:
            return NOT_SHARED
        too_few = contributors < self.setting.rule.contributors
        return SUPPRESSED if self._may_not(too_few) else round(value, 4)

    def amount(self, name: str) -> Number:
        """Return a sum of amounts over the bloc."""
        told = [(one.member, one.amounts[name]) for one in self.material.every if name in one.amounts]
        if not any(amount.numbers or amount.zeros for _, amount in told):
            return NOT_SHARED
        shares: dict[str, float] = {}
        for member, amount in told:
            shares[member] = shares.get(member, 0.0) + amount.total
        hidden = self.setting.rule.hides_amount(shares.values())
        return SUPPRESSED if self._may_not(hidden) else round(sum(shares.values()), 2)

    def by_member(self, number: Callable[[Return], int]) -> dict[str, int]:
        """Return the sum of a number of the returns of each member."""
        return {member: sum(map(number, several)) for member, several in self.material.returns.items()}

    def sheet(self, table: str, title: str, row: str, *, note: str = "", total: bool = True) -> Sheet:
        """Return a table of sums over the bloc, one row a column of it."""
        found = self.material.tables.get(table)
        columns = found.columns if found else ()
        rows = [Row(name=column, cells=(self.count(table, ALL, column),)) for column in columns]
        if total and rows:
            rows.append(Row(name="all", cells=(self.count(table, ALL, ALL),)))
        return Sheet(id=_id(table), title=title, header=(row, "count"), rows=tuple(rows), note=note)

    def _may_not(self, hidden: bool) -> bool:
        # Outside the tables nothing is audited against earlier editions, so nothing is told twice of one period.
        return hidden or self.material.repeats


def _basis(door: _Door) -> Section:
    setting, material = door.setting, door.material
    regimes = [
        Row(name=f"{regime} ({code})", cells=(_standing(door, code),))
        for code, member in setting.bloc.members.items()
        for regime in dict.fromkeys(duty.regime for duty in member.duties)
    ]
    standing = [Row(name=code, cells=(_standing(door, code),)) for code in door.members]
    return Section(
        number=1,
        title="Basis",
        facts=(
            Fact(name="Edition", value=setting.number),
            Fact(name="Period from", value=moment(material.start)),
            Fact(name="Period up to", value=moment(material.end)),
            Fact(name="Data cut-off", value=moment(setting.made)),
            Fact(name="Members reporting", value=len(material.returns)),
            Fact(name="Members silent", value=len(door.members) - len(material.returns)),
            Fact(name="Rules in force", value=setting.rules),
            Fact(name="Edition before", value=setting.previous or "none"),
        ),
        sheets=(
            Sheet(id="members", title="Members", header=("member", "return"), rows=tuple(standing)),
            Sheet(
                id="regimes", title="Regimes covered", header=("regime", "return of its member"), rows=tuple(regimes)
            ),
        ),
    )


def _standing(door: _Door, code: str) -> str:
    return "reported" if code in door.material.returns else NOT_SHARED


def _borders(door: _Door) -> Section:
    total = door.count(counting.LINK, ALL, ALL)
    none = door.count(counting.LINK, ALL, NONE)
    linked: Number = total - none if isinstance(total, int) and isinstance(none, int) else SUPPRESSED
    rows = [Row(name=kind, cells=(door.count(counting.LINK, ALL, kind),)) for kind in LINKS]
    return Section(
        number=2,
        title="Cross-border picture",
        facts=(
            Fact(name="Cases shared", value=total),
            Fact(name="Linked across borders", value=linked),
            Fact(name="Share linked", value=_share(linked, total)),
        ),
        sheets=(
            Sheet(
                id="links",
                title="Cases by link across borders",
                header=("link", "cases"),
                rows=tuple(rows),
                note="Each case is counted once, under the first that holds. Confirmed: several members report it. "
                "Inferred: its report names constituents of several members as affected. Campaign-linked: it shares an "
                "observable with a case of another member.",
            ),
            door.sheet(counting.LINKED_SECTOR, "Linked cases by sector", "sector"),
        ),
    )


def _share(part: Number, whole: Number) -> Number:
    if not isinstance(part, int) or not isinstance(whole, int):
        return SUPPRESSED
    return round(part / whole, 4) if whole else NOT_SHARED


def _reports(door: _Door) -> Section:
    titles = ((counting.SECTOR, "sector"), (counting.CLASS, "class"), (counting.CAUSE, "root cause"))
    sheets = [door.sheet(name, f"Incident reports by {word}", word) for name, word in titles]
    sheets.append(
        door.sheet(
            counting.LAYER,
            "Incident reports by layer",
            "layer",
            note="Physical: outage and sabotage. Sovereignty: data out of control. All else: informational.",
        )
    )
    return Section(
        number=3,
        title="By sector, class, root cause and layer",
        sheets=(*sheets, _case_matrix(door)),
        notes=("Reports are counted, not incidents: two members may report one.",),
    )


def _case_matrix(door: _Door) -> Sheet:
    table = door.material.tables.get(CASES) or Table(name=CASES, members=(), columns=(), counts={})
    rows = [
        Row(name=member, cells=tuple(door.count(CASES, member, column) for column in (*table.columns, ALL)))
        if member in table.members
        else Row(name=member, cells=(NOT_SHARED,) * (len(table.columns) + 1))
        for member in door.members
    ]
    rows.append(Row(name="all", cells=tuple(door.count(CASES, ALL, column) for column in (*table.columns, ALL))))
    return Sheet(
        id="cases",
        title="Ordinary cases by member and class",
        header=("member", *table.columns, "all"),
        rows=tuple(rows),
        note="As members' own case handling counts them. Members stand in the bloc's order; nothing is ranked.",
    )


def _infrastructure(door: _Door) -> Section:
    states = [
        Row(
            name=name,
            cells=(door.amount(name), *(door.count(stated_table(name), ALL, column) for column in STATED)),
        )
        for name in AMOUNTS
    ]
    return Section(
        number=4,
        title="Infrastructure and impact",
        sheets=(
            door.sheet(counting.ASSET, "Incident reports by infrastructure", "infrastructure", total=False),
            Sheet(
                id="impact",
                title="Impact stated in reports",
                header=("of what", "sum", *(f"reports: {word}" for word in STATED)),
                rows=tuple(states),
                note="Saying none is not the same as not saying. A sum that one member dominates is suppressed.",
            ),
        ),
    )


def _told_of(door: _Door, value: int, contributors: int) -> Number:
    hidden = door.setting.rule.hides(value, contributors) or door.material.repeats
    return SUPPRESSED if hidden else value


def _timeliness(door: _Door) -> Section:
    lags = sorted(lag for one in door.material.every for lag in one.lags)
    contributors = len({one.member for one in door.material.every if one.lags})
    rank = lags[-(-9 * len(lags) // 10) - 1] if len(lags) >= 3 * door.setting.rule.k else None
    middle = median(lags) if len(lags) >= door.setting.rule.k else None
    return Section(
        number=5,
        title="Timeliness",
        facts=(
            Fact(name="Reports shared", value=door.count(counting.SECTOR, ALL, ALL)),
            Fact(name="Never shared", value=door.sum(door.by_member(lambda one: one.never_shared))),
            Fact(
                name="Awareness to sharing, median",
                value=_or_few(door.figure(middle, contributors), lags),
                unit="minutes",
            ),
            Fact(
                name="Awareness to sharing, 90th percentile",
                value=_or_few(door.figure(rank, contributors), lags),
                unit="minutes",
            ),
        ),
        notes=("The percentile is that of the nearest rank, and told from nine reports up.",),
    )


def _or_few(value: Number, lags: Sequence[int]) -> Number:
    return SUPPRESSED if value == NOT_SHARED and lags else value


def _duties(door: _Door) -> Section:
    rows = [
        Row(
            name=f"{regime} ({code})",
            cells=tuple(door.count(duty_table(code, regime), code, state) for state in (*STATES, ALL)),
        )
        for code, member in door.setting.bloc.members.items()
        for regime in dict.fromkeys(duty.regime for duty in member.duties)
    ]
    return Section(
        number=6,
        title="Duties to notify",
        sheets=(
            Sheet(
                id="duties",
                title="Duty clocks by regime",
                header=("regime", *STATES, "all"),
                rows=tuple(rows),
                note="One clock a duty and incident report. Regimes are never added up: their duties differ.",
            ),
        ),
    )


def _quality(door: _Door) -> Section:
    observables, several, reports = door.setting.corroboration
    released = door.by_member(lambda one: one.quality.released)
    revoked = door.by_member(lambda one: one.quality.revoked)
    shown = _told_of(door, several, door.setting.rule.contributors)
    mean = reports / observables if observables and shown != SUPPRESSED else None
    return Section(
        number=7,
        title="Quality",
        facts=(
            Fact(name="Observables released", value=_told_of(door, observables, door.setting.rule.contributors)),
            Fact(name="Reported by several members", value=shown),
            Fact(
                name="Reporting members per observable, mean",
                value=SUPPRESSED if shown == SUPPRESSED else door.figure(mean, len(released)),
            ),
            Fact(name="Objects released", value=door.sum(released)),
            Fact(name="Declared invalid", value=door.sum(revoked)),
            Fact(name="Recalled", value=door.sum(door.by_member(lambda one: one.quality.recalled))),
        ),
        sheets=(door.sheet(counting.CONFIRMED, "Confirmations of recalls, one a recall and member", "confirmed"),),
    )


def _sovereignty(door: _Door) -> Section:
    return Section(
        number=8,
        title="Sovereignty",
        facts=(
            Fact(
                name="Objects under embargo at the cut-off", value=door.sum(door.by_member(lambda one: one.embargoed))
            ),
        ),
        sheets=(
            door.sheet(counting.WITHHELD, "Objects withheld from some member, by reason", "reason", total=False),
            door.sheet(counting.REDACTED, "Objects released in a lesser form, by reason", "reason", total=False),
        ),
        notes=(
            "Why a member withholds is never asked; an object may stand under several reasons, so there is no total.",
        ),
    )


def _openness(door: _Door) -> Section:
    given = door.by_member(lambda one: sum(one.given.values()))
    taken = {member: sum(one.given.get(member, 0) for one in door.material.every) for member in door.material.returns}
    pairs = door.by_member(lambda one: one.pairs)
    points = door.by_member(lambda one: one.points)
    openness = [points[member] / (2 * pairs[member]) for member in pairs if pairs[member]]
    balance = [
        (given[member] - taken[member]) / (given[member] + taken[member])
        for member in given
        if given[member] + taken[member]
    ]
    return Section(
        number=9,
        title="Openness and balance",
        facts=(
            Fact(name="Openness, median of members", value=door.figure(_middle(openness), len(openness))),
            Fact(name="Balance, median of members", value=door.figure(_middle(balance), len(balance))),
            Fact(name="Objects given to another member", value=door.sum(given), unit="pairs"),
        ),
        notes=(
            "Openness: of an object for each other member 1 in full, 0.5 in a lesser form, 0 withheld. Balance: given "
            "less taken, of both. Both can be raised by trivia. The own member's figures stand on a page of its own.",
        ),
    )


def _middle(values: Iterable[float]) -> float | None:
    found = list(values)
    return median(found) if found else None


def _capacity(door: _Door) -> Section:
    last = {member: several[-1] for member, several in door.material.returns.items()}
    lags = [one.since_pull for one in last.values() if one.since_pull is not None]
    return Section(
        number=10,
        title="Capacity",
        facts=(
            Fact(name="Coverage", value=round(len(last) / len(door.members), 4)),
            Fact(
                name="Since last fetched, median of members",
                value=door.figure(_middle(lags), len(lags)),
                unit="minutes",
            ),
            Fact(name="Waiting to be sent", value=door.sum({member: one.waiting for member, one in last.items()})),
        ),
    )


def _method(door: _Door) -> Section:
    rule, protection = door.setting.rule, door.material.protection
    places = [place.key for table in door.material.tables.values() for place in table.places()]
    text = _SUPPRESSION.format(word=SUPPRESSED, low=rule.k - 1, members=rule.contributors, k=rule.k)
    return Section(
        number=11,
        title="Method and suppression",
        facts=(
            Fact(name="Threshold k", value=rule.k),
            Fact(name="Members that a sum needs", value=rule.contributors),
            Fact(name="Dominance", value=rule.dominance),
            Fact(name="Counts in tables", value=len(places)),
            Fact(name="Counts published", value=len(protection.published)),
        ),
        notes=(
            text,
            f"“{NOT_SHARED}” is not zero: nobody gave the number. Accepted: knowing k, a reader may guess that what is "
            "suppressed is small.",
            "A report is counted in the period in which it reached its member's node. An edition is never changed; "
            "what is late is counted in the next.",
        ),
    )


def _id(table: str) -> str:
    return table.replace(" ", "-")
