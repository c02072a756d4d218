"""What the generators of one scenario share: its members, its clock, its connections and its dice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.oracle.clock import DAY, HOUR, minute, text_of
from tests.oracle.connectivity import Line, line_of
from tests.oracle.profile import TIERS, Profile

Entry = dict[str, Any]
ATTEMPTS = 60
ODD_IDS = ("{} é", "Σ-{}", "{}/a:b", '"{}"')


@dataclass(slots=True, kw_only=True)
class Stage:
    """The setting of a random scenario."""

    rng: Random
    members: Sequence[str]
    end: int
    checkpoints: list[str] | None
    connectivity: Mapping[str, Any]
    labels: Mapping[str, Mapping[str, Sequence[str]]]
    """The labels of each member for each tier, platform labels included."""
    cases: dict[str, list[str]] = field(default_factory=dict)
    ids: int = 0

    @property
    def lines(self) -> dict[str, Line]:
        return {member: line_of(self.connectivity, member) for member in self.members}

    @property
    def anchors(self) -> list[int]:
        """The minutes at which things change, and those just beside them."""
        marks = [self.end] + [minute(text) for text in self.checkpoints or () if text != "END"]
        for entry in self.connectivity.values():
            marks += [minute(text) for interval in next(iter(entry.values())) for text in interval]
        return sorted({max(0, mark + step) for mark in marks for step in (-5, -1, 0, 1)})

    def id(self, prefix: str) -> str:
        """Return an id that is not in use, now and then an odd one."""
        self.ids += 1
        plain = f"{prefix}{self.ids:03}"
        return self.rng.choice(ODD_IDS).format(plain) if self.rng.random() < 0.1 else plain

    def chance(self, probability: float) -> bool:
        """Throw the dice."""
        return self.rng.random() < probability

    def some(self, members: Iterable[str]) -> list[str]:
        """Return some of the members, perhaps none."""
        return [member for member in members if self.chance(0.5)]

    def others(self, member: str) -> list[str]:
        """Return the other members."""
        return [other for other in self.members if other != member]

    def moment(self, first: int, last: int) -> int:
        """Return a minute out of a span, often one at which something else happens."""
        near = [mark for mark in self.anchors if first <= mark <= last]
        return self.rng.choice(near) if near and self.chance(0.4) else self.rng.randint(first, max(first, last))

    def online_moment(self, member: str, first: int = 0) -> int | None:
        """Return a minute from *first* to the end at which the member is online, if there is one."""
        line = self.lines[member]
        for _ in range(ATTEMPTS):
            at = self.moment(first, self.end)
            if first <= at <= self.end and line.is_online(at):
                return at
        arrival = line.arrival(first)
        return arrival if arrival is not None and arrival <= self.end else None

    def offline_moment(self, member: str, first: int) -> int | None:
        """Return a minute from *first* to the end at which the member is offline, if one is found."""
        draws = (self.moment(first, self.end) for _ in range(ATTEMPTS))
        return next((at for at in draws if at <= self.end and not self.lines[member].is_online(at)), None)

    def label(self, owner: str, tier: str) -> str:
        """Return a label of the owner for a tier."""
        return self.rng.choice(self.labels[owner][tier])


def set_stage(rng: Random, members: Sequence[str], classification: Mapping[str, Any]) -> Stage:
    """Return the setting of a scenario: how long it is, who is online when, which labels there are."""
    end = rng.randint(5 * DAY, 12 * DAY)
    checkpoints = _checkpoints(rng, end)
    return Stage(
        rng=rng,
        members=members,
        end=end,
        checkpoints=checkpoints,
        connectivity=_connectivity(rng, members, end),
        labels={member: _labels(classification, member) for member in members},
    )


def _checkpoints(rng: Random, end: int) -> list[str] | None:
    if end > 7 * DAY and rng.random() < 0.25:
        return None
    moments = sorted({rng.randint(HOUR, end - 1) for _ in range(rng.randint(0, 4))})
    texts = [text_of(at) for at in moments]
    return texts if texts and rng.random() < 0.25 else [*texts, "END"]


def _connectivity(rng: Random, members: Sequence[str], end: int) -> dict[str, Any]:
    entries: dict[str, Any] = {}
    for member in rng.sample(list(members), k=len(members) * 2 // 3):
        kind = rng.choice(("online", "offline"))
        entries[member] = {kind: [[text_of(begins), text_of(ends)] for begins, ends in _intervals(rng, end, kind)]}
    return entries


def _intervals(rng: Random, end: int, kind: str) -> list[tuple[int, int]]:
    marks = sorted(rng.sample(range(1, end), k=2 * rng.randint(1, 4)))
    intervals = list(zip(marks[::2], marks[1::2], strict=True))
    begins, ends = intervals[-1]
    apart = 1 if kind == "online" else 0
    twist = rng.choice(("none", "past the end", "short", "touching"))
    if twist == "past the end":
        intervals[-1] = (begins, end + rng.randint(1, 2 * DAY))
    elif twist == "short":
        intervals[-1] = (begins, begins + 1 - apart)
    elif twist == "touching":
        intervals.append((ends + apart, ends + HOUR))
    return intervals


def _labels(classification: Mapping[str, Any], member: str) -> dict[str, list[str]]:
    scheme = (classification.get("schemes") or {}).get(member) or {}
    national = [entry["label"] for entry in scheme.get("labels") or ()]
    known = Profile(classification)
    found: dict[str, list[str]] = {tier: [] for tier in TIERS}
    for label in [*national, *(classification.get("platform_labels") or ())]:
        found[TIERS[known.tier_of(member, label)]].append(label)
    return found
