"""What a change of rules opens and closes today: to whom, and of whose objects how many."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from comity.domain.label import Label
from comity.policy.columnar import Columnar
from comity.policy.evaluate import Engine


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Effect:
    """What one desk, reading for one purpose, is given or no longer given of one member's objects in one form."""

    recipient: str
    desk: str
    purpose: str
    origin: str
    form: str
    opens: bool
    classes: int
    """How many label classes."""
    releases: int
    """How many rows of the release log: objects, their versions, and what was released again."""


def effect(before: Engine, after: Engine, classes: Mapping[Label, int]) -> list[Effect]:
    """Return what differs between two engines over the labels there are, with how many releases each has."""
    labels = list(classes)
    if not labels:
        return []
    members = [code for code in after.bloc.members if code in before.bloc.members]
    was, becomes = (
        Columnar(engine.ruleset, engine.bloc, members=members, suspended=engine.suspended) for engine in (before, after)
    )
    old, new = was.served(labels).served, becomes.served(labels).served
    rows, columns = np.nonzero(old != new)
    found: Counter[tuple[int, str, str, bool]] = Counter()
    releases: Counter[tuple[int, str, str, bool]] = Counter()
    kinds = [(label.origin, label.form.word) for label in labels]
    counts = [classes[label] for label in labels]
    for row, column, opens in zip(rows.tolist(), columns.tolist(), new[rows, columns].tolist(), strict=True):
        key = (column, *kinds[row], opens)
        found[key] += 1
        releases[key] += counts[row]
    viewers = becomes.viewers
    return sorted(
        Effect(
            recipient=viewers[column][0].member,
            desk=str(viewers[column][0]),
            purpose=viewers[column][1],
            origin=origin,
            form=form,
            opens=opens,
            classes=count,
            releases=releases[column, origin, form, opens],
        )
        for (column, origin, form, opens), count in found.items()
    )
