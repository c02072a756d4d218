"""Random submissions: the hostile set pieces, and enough others around them (FORMAT 2.1)."""

from collections.abc import Sequence
from typing import Any

from tests.oracle.canonical import ADVISORY
from tests.oracle.clock import minute, text_of
from tests.oracle.generators.handling import random_policy, random_withdrawal
from tests.oracle.generators.spellings import Observable, spelling
from tests.oracle.generators.stage import Entry, Stage

ADVISORIES = ("Upgrade to 9.1.5 or later", "请立即升级 [.] hxxp", "  Atenção: «phish» & <b>  ")
VULNERABILITY = Observable("vulnerability", "CVE-2099-90001")
ROUTINE_SHARE = 0.25


def submit(stage: Stage, owner: str, subject: Observable, first: int = 0, **fixed: Any) -> Entry | None:
    """Return a submission by *owner*, or None if it is not online from *first* on.

    Its policy is random, or else community-wide but for the *fixed* fields.
    """
    t = stage.online_moment(owner, first)
    if t is None:
        return None
    raw = subject.text if subject.kind == ADVISORY else spelling(stage.rng, subject)
    entry: Entry = {"id": stage.id("S"), "member": owner, "t": text_of(t), "type": subject.kind, "raw": raw}
    entry |= {"label": stage.label(owner, "C1"), "tlp": "green", "rel": "ALL"}
    return entry | (fixed or random_policy(stage, owner, t))


def anyone(stage: Stage, subject: Observable, *, is_routine: bool) -> Entry | None:
    """Return a submission by any member under any policy."""
    entry = submit(stage, stage.rng.choice(list(stage.members)), subject)
    if entry is None:
        return None
    if is_routine:
        entry["routine"] = True
    elif stage.cases.get(entry["member"]) and stage.chance(0.6):
        entry["case"] = stage.rng.choice(stage.cases[entry["member"]])
    if stage.chance(0.05 if is_routine else 0.2):
        entry |= random_withdrawal(stage, minute(entry["t"]))
    if stage.chance(0.1):
        entry["created"] = text_of(stage.rng.randint(0, minute(entry["t"])))
    return entry


def fill(stage: Stage, entries: list[Entry], story: Sequence[Observable], routine: Sequence[Observable]) -> list[Entry]:
    """Return the set pieces with other submissions around them, in no order."""
    filled = list(entries)
    target = stage.rng.randint(max(44, len(filled) + 8), 80)
    while len(filled) < target:
        is_routine = stage.chance(ROUTINE_SHARE)
        subject = Observable(ADVISORY, stage.rng.choice(ADVISORIES)) if stage.chance(0.04) else None
        if subject is None or is_routine:
            subject = stage.rng.choice(routine if is_routine else story)
        entry = anyone(stage, subject, is_routine=is_routine)
        filled += [] if entry is None else [entry]
    stage.rng.shuffle(filled)
    return filled
