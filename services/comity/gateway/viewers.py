"""The viewers of a service, and what the rules grant each of them."""

from collections.abc import Callable, Sequence
from functools import lru_cache, partial

import numpy as np

from comity.domain.desk import Desk
from comity.domain.label import Form, Label
from comity.domain.purpose import Purpose
from comity.policy.columnar import Columnar
from comity.policy.evaluate import Engine
from comity.store.verdicts import Verdicts

OWN = "own"
"""The viewer of everything that a node's own member contributed, in full."""


def desk_viewer(desk: Desk, purpose: Purpose) -> str:
    """Return the name of the viewer that is *desk*, reading for *purpose*."""
    return f"{desk} {purpose}"


def node_viewer(member: str) -> str:
    """Return the name of the viewer that is the node of *member*."""
    return f"{member} node"


class NodeDecider:
    """Decides for the desks of one member, and lets its operators see all that is its own."""

    def __init__(self, engine: Engine, member: str) -> None:
        self._engine = engine
        self._member = member
        self._columnar = Columnar(engine.ruleset, engine.bloc, members=[member], suspended=engine.suspended)
        self._viewers = (*(desk_viewer(*viewer) for viewer in self._columnar.viewers), OWN)

    @property
    def digest(self) -> str:
        """What the decisions rest on: the digest of the rules in force, and who is suspended."""
        return decisive(self._engine)

    def decide(self, labels: Sequence[Label]) -> Verdicts:
        """Return the viewers that are served objects with *labels*."""
        granted = self._columnar.served(labels)
        own = [label.origin == self._member and label.form is Form.FULL for label in labels]
        column = np.where(own, len(granted.reasons), -1).astype(np.int32)[:, None]
        return Verdicts(viewers=self._viewers, rules=np.hstack([granted.rules, column]), reasons=(*granted.reasons, ()))


class FederationDecider:
    """Decides for every desk of the bloc; a member's node is sent what any of its desks is served."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.members = tuple(engine.bloc.members)
        self._columnar = Columnar(engine.ruleset, engine.bloc, members=self.members, suspended=engine.suspended)
        desks = (desk_viewer(*viewer) for viewer in self._columnar.viewers)
        self._viewers = (*desks, *map(node_viewer, self.members))

    @property
    def digest(self) -> str:
        """What the decisions rest on: the digest of the rules in force, and who is suspended."""
        return decisive(self._engine)

    def decide(self, labels: Sequence[Label]) -> Verdicts:
        """Return the viewers that are served objects with *labels*; a member is not sent its own objects back."""
        granted = self._columnar.served(labels)
        by_member = granted.rules.reshape(len(labels), len(self.members), -1)
        first = np.take_along_axis(by_member, (by_member >= 0).argmax(axis=2)[..., None], axis=2)[..., 0]
        origins = np.array([label.origin for label in labels])[:, None]
        nodes = np.where(origins == np.array(self.members), -1, first).astype(np.int32)
        return Verdicts(viewers=self._viewers, rules=np.hstack([granted.rules, nodes]), reasons=granted.reasons)


def decisive(engine: Engine) -> str:
    """Return the text that changes with anything that an engine decides by."""
    return " ".join((engine.ruleset.digest, *sorted(engine.suspended)))


class Recipients:
    """The members that a label reaches, remembered by label: objects are many, labels few."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._basis = engine.basis
        self._of_label = self._remembering()

    def __call__(self, label: Label) -> frozenset[str]:
        """Return the members other than its origin that are served objects with *label*, now or after its embargo."""
        if self._basis is not self._engine.basis:
            self._basis, self._of_label = self._engine.basis, self._remembering()
        return self._of_label(label) - {label.origin}

    def _remembering(self) -> Callable[[Label], frozenset[str]]:
        return lru_cache(maxsize=10_000)(partial(_recipients, FederationDecider(self._engine)))


def _recipients(decider: FederationDecider, label: Label) -> frozenset[str]:
    labels = [label] if label.embargo_exempt is None else [label, label.lifted()]
    verdicts = decider.decide(labels)
    served = {name for row in range(len(labels)) for name in verdicts.of(row)}
    return frozenset(member for member in decider.members if node_viewer(member) in served)
