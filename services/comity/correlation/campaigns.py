"""Cases that belong together, across borders: by observables, techniques and infrastructure they share, and by time.

The score of a link is a sum that can be read. An observable that *n* cases have is worth 1 / (n - 1): one that only the
two have counts fully, one that everybody has says little. Techniques and sectors are no evidence of their own; they
only add to a link that there is, and so does nearness in time.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

TECHNIQUE_WORTH = 0.5
"""What equal sets of techniques add; sets that agree in part add in proportion (Jaccard)."""

SECTOR_WORTH = 0.1
TIME_WORTH = 0.4
"""What cases add that begin together; it halves with every ``HALF_LIFE`` between them."""

HALF_LIFE = 7 * 86_400_000_000
JOINED = 1.0
"""The score from which two cases are taken for one campaign."""

MOST_COMMON = 50
"""An observable of more cases than this links none of them: it is infrastructure that everybody uses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is known of one case, for whoever asks."""

    name: str
    members: frozenset[str] = frozenset()
    observables: frozenset[str] = frozenset()
    techniques: frozenset[str] = frozenset()
    sectors: frozenset[str] = frozenset()
    began: int | None = None
    """Microseconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Why two cases may belong together: a score, and its parts."""

    one: str
    other: str
    shared: tuple[str, ...]
    """The observables that both have."""
    rarity: float
    technique: float
    sector: float
    time: float

    @property
    def score(self) -> float:
        """The sum of the parts."""
        return self.rarity + self.technique + self.sector + self.time

    def read(self) -> str:
        """Return the score and where it comes from, in words."""
        parts = [f"{len(self.shared)} observables in common {self.rarity:.2f}"]
        named = (("techniques", self.technique), ("sector", self.sector), ("time", self.time))
        parts += [f"{name} {worth:.2f}" for name, worth in named if worth]
        return f"{self.score:.2f} = {' + '.join(parts)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """Cases that hang together, whose members they are of, and the links that say so."""

    cases: tuple[str, ...]
    members: tuple[str, ...]
    links: tuple[Link, ...]

    @property
    def crosses_borders(self) -> bool:
        """Whether cases of several members are in it."""
        return len(self.members) > 1


def links_between(
    cases: Iterable[Case], *, common: frozenset[str] = frozenset(), most_common: int = MOST_COMMON
) -> list[Link]:
    """Return the links of every two cases that share an observable, in order of name.

    An observable in *common* (a shared service, a warning list) is named in a link but is worth nothing; one of more
    than *most_common* cases makes none.
    """
    by_name = {case.name: case for case in cases}
    holders: dict[str, list[str]] = defaultdict(list)
    for case in by_name.values():
        for observable in case.observables:
            holders[observable].append(case.name)
    pairs: dict[tuple[str, str], list[str]] = defaultdict(list)
    for observable, names in holders.items():
        if len(names) <= most_common:
            for one, other in combinations(sorted(names), 2):
                pairs[one, other].append(observable)
    worth = {each: 0.0 if each in common else 1 / (len(names) - 1) for each, names in holders.items() if len(names) > 1}
    return [_link(by_name[one], by_name[other], shared, worth) for (one, other), shared in sorted(pairs.items())]


def campaigns(cases: Sequence[Case], links: Iterable[Link], *, joined: float = JOINED) -> list[Campaign]:
    """Return the groups of cases that links of at least *joined* hold together, the largest first.

    Groups grow along the strongest links. Two groups become one only where the links between their cases come to half
    of *joined* on average, absent ones counting as nothing: one chance link does not make two campaigns one.
    """
    strong = sorted(
        (each for each in links if each.score >= joined), key=lambda each: (-each.score, each.one, each.other)
    )
    scores: dict[str, dict[str, float]] = defaultdict(dict)
    for link in strong:
        scores[link.one][link.other] = scores[link.other][link.one] = link.score
    group = {case.name: frozenset({case.name}) for case in cases}
    has_grown = True
    while has_grown:
        has_grown = False
        for link in strong:
            one, other = group[link.one], group[link.other]
            if one != other and _average(one, other, scores) >= joined / 2:
                group.update(dict.fromkeys(one | other, one | other))
                has_grown = True
    members = {case.name: case.members for case in cases}
    found = {names for names in group.values() if len(names) > 1}
    return [
        _campaign(names, members, strong) for names in sorted(found, key=lambda names: (-len(names), sorted(names)))
    ]


def _average(one: frozenset[str], other: frozenset[str], scores: Mapping[str, Mapping[str, float]]) -> float:
    smaller, larger = sorted((one, other), key=len)
    between = sum(score for name in smaller for to, score in scores[name].items() if to in larger)
    return between / (len(smaller) * len(larger))


def _campaign(names: frozenset[str], members: Mapping[str, frozenset[str]], links: Sequence[Link]) -> Campaign:
    return Campaign(
        cases=tuple(sorted(names)),
        members=tuple(sorted({member for name in names for member in members[name]})),
        links=tuple(link for link in links if link.one in names and link.other in names),
    )


def _link(one: Case, other: Case, shared: Sequence[str], worth: Mapping[str, float]) -> Link:
    return Link(
        one=one.name,
        other=other.name,
        shared=tuple(sorted(shared)),
        rarity=sum(worth[each] for each in shared),
        technique=TECHNIQUE_WORTH * _likeness(one.techniques, other.techniques),
        sector=SECTOR_WORTH * _likeness(one.sectors, other.sectors),
        time=_nearness(one.began, other.began),
    )


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0


def _nearness(one: int | None, other: int | None) -> float:
    if one is None or other is None:
        return 0.0
    return float(TIME_WORTH * 0.5 ** (abs(one - other) / HALF_LIFE))
