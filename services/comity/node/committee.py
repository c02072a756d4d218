"""A member's part in the committee, from its own node: it looks at proposals, and signs with a key that stays here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comity.domain.label import Label
from comity.errors import InvalidObjectError
from comity.gateway.signing import Word, public_key, signature_of
from comity.node.context import Node
from comity.policy import proof
from comity.policy.effect import Effect, effect
from comity.policy.policies import Policy
from comity.policy.proof import Proof
from comity.store import policies
from comity.store.policies import Activation
from comity.transport.client import ServiceClient

_PROPOSALS = "/api/policy/proposals"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegate:
    """A member in the committee; what it is told it works out again before it signs."""

    node: Node
    client: ServiceClient
    secret: bytes
    """The seed of the key by which the member signs."""

    def propose(
        self, files: Mapping[str, object], *, removed: frozenset[str], title: str, effective: int | None
    ) -> dict[str, Any]:
        """Put a change forward."""
        body = {"files": dict(files), "removed": sorted(removed), "title": title, "effective": effective}
        told: dict[str, Any] = self.client.post_json(_PROPOSALS, body)
        return told

    def proposals(self) -> list[dict[str, Any]]:
        """Return every proposal with who signed it."""
        told: list[dict[str, Any]] = self.client.get_json(_PROPOSALS)
        return told

    def proposal(self, number: int) -> dict[str, Any]:
        """Return a proposal with the texts of the policy before and after."""
        told: dict[str, Any] = self.client.get_json(f"{_PROPOSALS}/{number}")
        return told

    def texts(self, number: int) -> tuple[str, str]:
        """Return the texts of the policy that a proposal changes, and of the one it proposes."""
        told = self.proposal(number)
        return told["before"], told["after"]

    def effect(self, number: int) -> list[Effect]:
        """Return what a proposal opens and closes today, of the member's data and to its desks.

        What becomes of its own data is worked out here, where all of it is known, also what never left.
        """
        told = (Effect(**one) for one in self.client.get_json(f"{_PROPOSALS}/{number}/effect"))
        suspended = self.node.engine.suspended
        before, after = (Policy.parse(text).engine(suspended) for text in self.texts(number))
        return sorted([*(one for one in told if one.origin != self.node.member), *effect(before, after, self._own())])

    def _own(self) -> dict[Label, int]:
        connection, grants = self.node.store.read(), self.node.store.grants
        sizes = grants.sizes(connection)
        labels = grants.labels(connection)
        return {label: sizes[number] for number, label in labels.items() if label.origin == self.node.member}

    def prove(self, number: int) -> list[Proof]:
        """Return whether the policy proposed has the standing guarantees; it is proved here, not believed.

        Raises:
            PolicyError: nothing can be proved.
        """
        before, after = (Policy.parse(text) for text in self.texts(number))
        return [
            *proof.prove(after.rules, after.bloc),
            proof.opened(before.rules, before.bloc, after.rules, after.bloc),
        ]

    def word(self, told: Mapping[str, Any], *, approves: bool, remark: str) -> dict[str, Any]:
        """Return the member's signature under a proposal that ``proposal`` returned.

        Raises:
            InvalidObjectError: the texts are not those that the proposal names.
        """
        for name, digest in (("before", told["base"]), ("after", told["digest"])):
            if Policy.parse(told[name]).digest != digest:
                raise InvalidObjectError(f"the policy {name} the change is not the one that the proposal names")
        word = Word(
            member=self.node.member,
            approves=approves,
            digest=told["digest"],
            base=told["base"],
            effective=told["effective"],
            remark=remark,
        )
        return {
            "approves": approves,
            "remark": remark,
            "signature": signature_of(word, self.secret),
            "public": public_key(self.secret),
        }

    def sign(self, number: int, *, approves: bool, remark: str) -> dict[str, Any]:
        """Sign a proposal, for it or against it."""
        word = self.word(self.proposal(number), approves=approves, remark=remark)
        told: dict[str, Any] = self.client.post_json(f"{_PROPOSALS}/{number}/signatures", word)
        return told

    def activate(self, number: int) -> dict[str, Any]:
        """Put a proposal in force that is ratified and due."""
        told: dict[str, Any] = self.client.post_json(f"{_PROPOSALS}/{number}/activation", {})
        return told

    def history(self) -> list[Activation]:
        """Return what was in force at this node from when on."""
        return policies.history(self.node.store.read())
