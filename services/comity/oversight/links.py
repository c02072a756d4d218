"""Cases that cross borders: reported by several members, reaching several, or sharing observables with others'."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from comity.oversight.returns import NOT_STATED, UNLISTED, Return

CONFIRMED, INFERRED, CAMPAIGN, NONE = "confirmed", "inferred", "campaign-linked only", "no link known"
LINKS = (CONFIRMED, INFERRED, CAMPAIGN, NONE)
"""Each visible case is counted once, under the first of these that holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """How many visible cases are linked across borders, and how many members reported them."""

    by_kind: Mapping[str, int]
    members_of_kind: Mapping[str, int]
    by_sector: Mapping[str, int]
    """Linked cases only."""
    members_of_sector: Mapping[str, int]


@dataclass(slots=True)
class _Case:
    members: set[str]
    observables: set[str]
    sector: str
    reaches_several: bool


def links_of(returns: Sequence[Return], sectors: Collection[str]) -> Links:
    """Return how the cases of *returns* are linked; equal tokens stand for equal cases and observables."""
    known = {*sectors, NOT_STATED}
    cases: dict[str, _Case] = {}
    for one in returns:
        for told in one.cases:
            case = cases.setdefault(told.token, _Case(set(), set(), told.sector, reaches_several=False))
            case.members.add(one.member)
            case.observables.update(told.observables)
            case.reaches_several |= told.reaches_several
    kinds = _kinds(cases)
    by_kind: dict[str, int] = defaultdict(int)
    by_sector: dict[str, int] = defaultdict(int)
    members_of_kind: dict[str, set[str]] = defaultdict(set)
    members_of_sector: dict[str, set[str]] = defaultdict(set)
    for token, case in cases.items():
        by_kind[kinds[token]] += 1
        members_of_kind[kinds[token]] |= case.members
        if kinds[token] != NONE:
            sector = case.sector if case.sector in known else UNLISTED
            by_sector[sector] += 1
            members_of_sector[sector] |= case.members
    return Links(
        by_kind=by_kind,
        members_of_kind={kind: len(members) for kind, members in members_of_kind.items()},
        by_sector=by_sector,
        members_of_sector={sector: len(members) for sector, members in members_of_sector.items()},
    )


def _kinds(cases: Mapping[str, _Case]) -> dict[str, str]:
    holders: dict[str, set[str]] = defaultdict(set)
    for token, case in cases.items():
        for observable in case.observables:
            holders[observable].add(token)
    campaigns = [tokens for tokens in holders.values() if _crosses([cases[token] for token in tokens])]
    linked = {token for tokens in campaigns for token in tokens}
    return {token: _kind(case, is_linked=token in linked) for token, case in cases.items()}


def _crosses(cases: Sequence[_Case]) -> bool:
    return len(cases) > 1 and len({member for case in cases for member in case.members}) > 1


def _kind(case: _Case, *, is_linked: bool) -> str:
    if len(case.members) > 1:
        return CONFIRMED
    if case.reaches_several:
        return INFERRED
    return CAMPAIGN if is_linked else NONE
