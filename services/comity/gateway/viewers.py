"""The viewers of a service, and what the rules grant each of them."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, partial

from comity.domain.desk import Desk
from comity.domain.label import Form, Label
from comity.domain.purpose import Purpose
from comity.policy.evaluate import Engine
from comity.store.grants import Rules

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
        self._desks = _viewers(engine.bloc.members[member].desks)

    @property
    def digest(self) -> str:
        """The digest of the rules in force."""
        return self._engine.ruleset.digest

    def decide(self, label: Label) -> Mapping[str, Rules]:
        """Return the viewers that are served objects with *label*."""
        served = _served(self._engine, label, self._desks)
        if label.origin == self._member and label.form is Form.FULL:
            served[OWN] = ()
        return served


class FederationDecider:
    """Decides for every desk of the bloc; a member's node is sent what any of its desks is served."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._desks = _viewers(desk for member in engine.bloc.members.values() for desk in member.desks)

    @property
    def digest(self) -> str:
        """The digest of the rules in force."""
        return self._engine.ruleset.digest

    def decide(self, label: Label) -> Mapping[str, Rules]:
        """Return the viewers that are served objects with *label*; a member is not sent its own objects back."""
        decisions = self._engine.decide_many(label, self._desks)
        served: dict[str, Rules] = {}
        for (desk, purpose), decision in zip(self._desks, decisions, strict=True):
            if decision.served:
                served[desk_viewer(desk, purpose)] = decision.rules
                if desk.member != label.origin:
                    served.setdefault(node_viewer(desk.member), decision.rules)
        return served


class Recipients:
    """The members that a label reaches, remembered by label: objects are many, labels few."""

    def __init__(self, engine: Engine) -> None:
        self._of_label = lru_cache(maxsize=10_000)(partial(_recipients, engine))

    def __call__(self, label: Label) -> frozenset[str]:
        """Return the members other than its origin that are served objects with *label*, now or after its embargo."""
        return self._of_label(label) - {label.origin}


def _recipients(engine: Engine, label: Label) -> frozenset[str]:
    served = set(FederationDecider(engine).decide(label))
    if label.embargo_exempt is not None:
        served |= set(FederationDecider(engine).decide(label.lifted()))
    return frozenset(code for code in engine.bloc.members if node_viewer(code) in served)


def _viewers(desks: Iterable[Desk]) -> list[tuple[Desk, Purpose]]:
    return [(desk, purpose) for desk in desks for purpose in Purpose]


def _served(engine: Engine, label: Label, viewers: Sequence[tuple[Desk, Purpose]]) -> dict[str, Rules]:
    decisions = engine.decide_many(label, viewers)
    pairs = zip(viewers, decisions, strict=True)
    return {desk_viewer(*viewer): decision.rules for viewer, decision in pairs if decision.served}
