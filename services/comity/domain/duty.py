"""The duties to notify that a member's law sets, as the bloc's profile states them."""

from dataclasses import dataclass

FIRST_NOTICE = frozenset({"immediate", "initial", "notify"})
"""The stages that the first notice to the national authority fulfils; every later stage is filed by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One stage of one duty, under one regime: what has to be filed, with whom, and until when."""

    id: str
    member: str
    regime: str
    """The legal instrument; figures of different regimes are never added up."""
    stage: str
    applies_to: str = ""
    notify: str = ""
    deadline_hours: float | None = None
    """From the moment the member became aware; ``None`` where the law names no number."""
    calendar_days: int | None = None
    """Where the law counts days and not hours: it is due when the so-manieth day after that of awareness ends."""
    zone: str = "UTC"
    """The time zone in which the member's days end."""

    @property
    def is_first_notice(self) -> bool:
        """Whether the first notice to the national authority fulfils it."""
        return self.stage in FIRST_NOTICE
