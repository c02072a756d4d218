"""When a node is reachable, and when what was sent to it arrives (FORMAT 2.4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.oracle.clock import minute

Connectivity = Mapping[str, Mapping[str, Sequence[Sequence[str]]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The connection of one member: online only in its windows, or online but for its gaps."""

    windows: tuple[tuple[int, int], ...] | None = None
    gaps: tuple[tuple[int, int], ...] = ()

    def arrival(self, sent: int) -> int | None:
        """Return the first minute from *sent* on at which the member is online, if there is one."""
        if self.windows is not None:
            return next((max(sent, opens) for opens, closes in self.windows if sent <= closes), None)
        arrives = sent
        for begins, ends in self.gaps:
            if begins <= arrives < ends:
                arrives = ends
        return arrives

    def is_online(self, at: int) -> bool:
        """Tell whether the member is online in this very minute."""
        return self.arrival(at) == at


def _intervals(texts: Sequence[Sequence[str]]) -> tuple[tuple[int, int], ...]:
    return tuple(sorted((minute(begins), minute(ends)) for begins, ends in texts))


def line_of(connectivity: Connectivity, member: str) -> Line:
    """Return the connection of a member; one that is not listed is always online."""
    entry = connectivity.get(member, {})
    if "online" in entry:
        return Line(windows=_intervals(entry["online"]))
    return Line(gaps=_intervals(entry.get("offline", ())))
