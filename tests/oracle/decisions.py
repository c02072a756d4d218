"""The release decision (FORMAT 4) and the counts of decisions."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from tests.oracle.log import Handling, Log
from tests.oracle.profile import SOVEREIGN


class Decision(NamedTuple):
    """What a recipient gets, and why not all of it."""

    effect: str
    reason: str = ""

    @property
    def is_release(self) -> bool:
        return self.effect != "WITHHOLD"

    @property
    def has_full_object(self) -> bool:
        return self.effect == "PERMIT" or self.reason == "victim"


def is_named(handling: Handling, recipient: str) -> bool:
    """Tell whether ``rel`` names the recipient; ``ALL`` names nobody."""
    return handling.rel is not None and recipient in handling.rel


def _refusal(handling: Handling, recipient: str, now: int) -> str | None:
    if handling.tier == SOVEREIGN:
        return "tier-sovereign"
    if handling.tlp == "red" and not is_named(handling, recipient):
        return "tlp-red-not-named"
    if handling.rel is not None and recipient not in handling.rel:
        return "not-releasable"
    if handling.embargo_until is not None and now < handling.embargo_until and recipient not in handling.embargo_rel:
        return "embargo"
    return None


def decide(log: Log, handling: Handling, recipient: str, now: int) -> Decision:
    """Decide what another member gets of an object at a moment: the first rule that applies."""
    refusal = _refusal(handling, recipient, now)
    if refusal is not None:
        return Decision("WITHHOLD", refusal)
    limit = log.profile.limit(handling.owner, recipient)
    if handling.tier > limit:
        if handling.redactable_to is not None and handling.redactable_to <= limit:
            return Decision("REDACT", "tier-downgrade")
        return Decision("WITHHOLD", "tier-above-recognition")
    return Decision("REDACT", "victim") if handling.victim else Decision("PERMIT")


def _tally(log: Log, objects: Iterable[Handling], now: int) -> dict[str, object]:
    effects: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    by_recipient: dict[str, Counter[str]] = {member: Counter() for member in log.members}
    for handling in objects:
        for recipient in log.others(handling.owner):
            decision = decide(log, handling, recipient, now)
            effects[decision.effect] += 1
            by_recipient[recipient][decision.effect] += 1
            if decision.reason:
                reasons[f"{decision.effect}:{decision.reason}"] += 1
    return {
        "decisions": dict(effects),
        "reasons": dict(reasons),
        "by_recipient": {member: dict(counts) for member, counts in by_recipient.items()},
    }


def decisions(log: Log) -> dict[str, object]:
    """Return what was decided of story submissions and of shared reports."""
    return {
        "story_decisions": {
            text: _tally(log, (known.handling for known in log.story if known.t <= now), now)
            for text, now in log.checkpoints.items()
        },
        "incident_decisions": _tally(
            log, (report.handling for report in log.reports if report.shared is not None), log.end
        ),
        "incident_never_federated": [report.id for report in log.reports if report.shared is None],
    }
