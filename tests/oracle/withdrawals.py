"""How recalls and revocations spread (FORMAT 5, withdrawal)."""

from tests.oracle.clock import duration, longest, middle
from tests.oracle.decisions import decide
from tests.oracle.delivery import delivered, notified
from tests.oracle.log import Log, Submission

ACKNOWLEDGED_AFTER = 5


def _addressed(log: Log, submission: Submission, withdrawn_at: int) -> list[str]:
    return [
        member
        for member in log.others(submission.owner)
        if decide(log, submission.handling, member, withdrawn_at).is_release
    ]


def _recall(log: Log, submission: Submission, recalled_at: int) -> dict[str, object]:
    addressed = _addressed(log, submission, recalled_at)
    times: dict[str, int] = {}
    for member in addressed:
        arrives = notified(log, submission, member)
        if arrives is not None and arrives + ACKNOWLEDGED_AFTER <= log.end:
            times[member] = arrives + ACKNOWLEDGED_AFTER
    delays = [at - recalled_at for at in times.values()]
    pending = [member for member in addressed if member not in times]
    return {
        "object": submission.id,
        "member": submission.owner,
        "recipients": len(addressed),
        "acks": {member: duration(times[member] - recalled_at) if member in times else None for member in addressed},
        "acked_at": {text: sum(at <= now for at in times.values()) for text, now in log.checkpoints.items()},
        "pending_at_end": pending,
        "complete": None if pending else longest(delays),
        "p50": None if pending else middle(delays),
    }


def _exposure(log: Log, submission: Submission, recipient: str) -> int:
    starts = delivered(log, submission, recipient)
    if starts is None:
        return 0
    stops = notified(log, submission, recipient)
    return max(0, (log.end if stops is None else min(stops, log.end)) - starts)


def _portals(log: Log, submission: Submission) -> int:
    infrastructure = log.scenario.get("shared_infrastructure", {})
    return next(
        (
            len(entry["serves_portals_of"])
            for address, entry in infrastructure.items()
            if submission.observable == f"ipv4 {address}"
        ),
        0,
    )


def _revocation(log: Log, submission: Submission, revoked_at: int) -> dict[str, object]:
    exposures = {member: _exposure(log, submission, member) for member in _addressed(log, submission, revoked_at)}
    return {
        "object": submission.id,
        "member": submission.owner,
        "recipients": len(exposures),
        "exposures": {member: duration(minutes) for member, minutes in exposures.items()},
        "recipients_exposed": sum(minutes > 0 for minutes in exposures.values()),
        "never_active_at": [member for member, minutes in exposures.items() if minutes == 0],
        "exposure": duration(max(exposures.values(), default=0)),
        "shared_infra_portals": _portals(log, submission),
    }


def withdrawals(log: Log) -> dict[str, object]:
    """Return how every recall was acknowledged, and what every revoked object was exposed to."""
    return {
        "recalls": [
            _recall(log, known, known.recalled_at) for known in log.submissions if known.recalled_at is not None
        ],
        "revocations": [
            _revocation(log, known, known.revoked_at) for known in log.submissions if known.revoked_at is not None
        ],
    }
