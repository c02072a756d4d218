"""What is reported, by how many, and what each audience sees of it (FORMAT 5 and 6)."""

from collections.abc import Iterable

from tests.oracle.delivery import AUDIENCES, is_visible
from tests.oracle.log import Log, Submission


def _sources(submissions: Iterable[Submission]) -> dict[str, set[str]]:
    sources: dict[str, set[str]] = {}
    for submission in submissions:
        if submission.observable is not None:
            sources.setdefault(submission.observable, set()).add(submission.owner)
    return sources


def _several(sources: dict[str, set[str]]) -> dict[str, list[str]]:
    return {value: sorted(members) for value, members in sources.items() if len(members) > 1}


def _mean(sources: dict[str, set[str]]) -> float | None:
    return round(sum(map(len, sources.values())) / len(sources), 4) if sources else None


def corroboration(log: Log) -> dict[str, object]:
    """Return how much was reported, and how much of it by several members."""
    story = _sources(log.story)
    routine = _sources(submission for submission in log.submissions if submission.is_routine)
    everything = _sources(log.submissions)
    return {
        "submissions": _counts(len(log.submissions), len(log.story)),
        "unique_canonical": _counts(len(everything), len(story)),
        "multi_source": {
            "story": _several(story),
            "story_count": len(_several(story)),
            "routine_count": len(_several(routine)),
        },
        "mean_corroboration_story": _mean(story),
        "mean_corroboration_all": _mean(everything),
    }


def _counts(total: int, story: int) -> dict[str, int]:
    return {"total": total, "story": story, "routine": total - story}


def _feed(log: Log, member: str, audience: str, now: int) -> dict[str, int]:
    seen = [known for known in log.reported if is_visible(log, known, member, AUDIENCES[audience], now)]
    return {
        "all": len({submission.observable for submission in seen}),
        "story": len({submission.observable for submission in seen if not submission.is_routine}),
    }


def _visible_to(log: Log, value: str, member: str) -> list[str]:
    return sorted(
        {
            submission.owner
            for submission in log.reported
            if submission.observable == value and is_visible(log, submission, member, AUDIENCES["cert"], log.end)
        }
    )


def feeds(log: Log) -> dict[str, object]:
    """Return the size of every feed, and the sources that each member sees at the end."""
    return {
        "feeds": {
            text: {
                member: {audience: _feed(log, member, audience, now) for audience in AUDIENCES}
                for member in log.members
            }
            for text, now in log.checkpoints.items()
        },
        "visible_sources": {
            value: {member: _visible_to(log, value, member) for member in log.members}
            for value in _several(_sources(log.submissions))
        },
    }
