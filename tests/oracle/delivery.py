"""Where a submission is, and who may read it there (FORMAT 5)."""

from typing import NamedTuple

from tests.oracle.decisions import decide
from tests.oracle.log import Log, Submission
from tests.oracle.profile import SOVEREIGN, tier


class Audience(NamedTuple):
    """The highest tier and the TLPs that an audience may read."""

    tier: int
    tlps: frozenset[str]

    def may_read(self, level: int, tlp: str) -> bool:
        """Tell whether this audience may read an object of this tier and TLP."""
        return level <= self.tier and tlp in self.tlps


AUDIENCES = {
    "soc-general": Audience(tier("C1"), frozenset({"clear", "green"})),
    "soc-cii": Audience(tier("C2"), frozenset({"clear", "green", "amber"})),
    "cert": Audience(tier("C3"), frozenset({"clear", "green", "amber", "amber+strict", "red"})),
}
DERIVATIVE_TLP = "amber"


def delivered(log: Log, submission: Submission, recipient: str) -> int | None:
    """Return when the object is at another member, should it be released to it."""
    handling = submission.handling
    ready = submission.t
    if handling.embargo_until is not None and recipient not in handling.embargo_rel:
        ready = max(ready, handling.embargo_until)
    return log.lines[recipient].arrival(ready)


def notified(log: Log, submission: Submission, recipient: str) -> int | None:
    """Return when the notice of a withdrawal arrives at another member."""
    if submission.withdrawn_at is None:
        return None
    return log.lines[recipient].arrival(submission.withdrawn_at)


def is_active(log: Log, submission: Submission, viewer: str, now: int) -> bool:
    """Tell whether a member holds the object, and has heard of no withdrawal."""
    if viewer == submission.owner:
        starts: int | None = submission.t
        stops = submission.withdrawn_at
    else:
        starts = delivered(log, submission, viewer)
        stops = notified(log, submission, viewer)
    return starts is not None and starts <= now and (stops is None or now < stops)


def is_visible(log: Log, submission: Submission, viewer: str, audience: Audience, now: int) -> bool:
    """Tell whether an audience at a member sees the object: in full, or else as the derivative."""
    handling = submission.handling
    if handling.tier == SOVEREIGN or not is_active(log, submission, viewer, now):
        return False
    has_full_object = viewer == submission.owner
    if not has_full_object:
        decision = decide(log, handling, viewer, now)
        if not decision.is_release:
            return False
        has_full_object = decision.has_full_object
    if has_full_object and audience.may_read(handling.tier, handling.tlp):
        return True
    return handling.redactable_to is not None and audience.may_read(handling.redactable_to, DERIVATIVE_TLP)
