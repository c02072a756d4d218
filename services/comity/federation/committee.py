"""The committee: proposals with their effect and their proof, signatures, and what is put in force.

An unratified rule is inert: nothing but ``activate`` changes what decides, and it needs signatures under the digest of
everything that decides, each standing guarantee proved, the day that was set, and the base still in force.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from comity.domain.label import Label
from comity.errors import InvalidObjectError, InvalidRequestError, NotFoundError, PolicyError, RefusedError
from comity.federation.context import Federation
from comity.gateway.signing import Word, check_signature
from comity.policy import proof
from comity.policy.effect import Effect, effect
from comity.policy.policies import Policy
from comity.policy.proof import Proof
from comity.store import policies
from comity.store.database import Connection
from comity.store.policies import CHANGE, READMISSION, SUSPENSION, Activation, Proposal, Signature

_TITLE = 200
MOST_WAITING = 10
"""The most proposals of one member that wait for signatures at a time; each keeps a whole policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Committee:
    """The committee's work at the federation."""

    federation: Federation

    # --- proposals

    def propose(
        self,
        proposer: str,
        files: Mapping[str, object],
        *,
        removed: frozenset[str] = frozenset(),
        title: str = "",
        effective: int | None = None,
    ) -> dict[str, Any]:
        """Put a change forward: files of the policy in force, replaced, added or removed. It decides nothing yet.

        Raises:
            PolicyError: the policy would be unusable.
            RefusedError: it changes nothing, or another member's chapter alone, or too many of the proposer's wait.
        """
        with self.federation.store.write() as connection:
            base = self.federation.ruling.policy(connection)
            policy = base.with_files(files, removed)
            if policy.digest == base.digest:
                raise RefusedError("the proposal changes nothing that decides")
            owner = base.national(policy)
            if owner is not None and proposer not in (owner, ""):
                raise RefusedError(f"the chapter of {owner} is proposed by {owner}")
            self._check_waiting(connection, proposer, base.digest)
            now = self.federation.store.clock()
            one = Proposal(
                number=policies.next_proposal(connection),
                digest=policy.digest,
                base=base.digest,
                title=title[:_TITLE] or "changes " + ", ".join(base.changes(policy)),
                proposer=proposer,
                proposed=now,
                effective=max(now, effective or now),
                chapter_of=owner,
                activated=None,
            )
            policies.keep_policy(connection, policy.digest, policy.text)
            policies.propose(connection, one)
            return self._described(connection, one)

    def proposals(self) -> list[dict[str, Any]]:
        """Return every proposal with who signed it."""
        connection = self.federation.store.read()
        return [self._described(connection, one) for one in policies.every_proposal(connection)]

    def proposal(self, number: int) -> dict[str, Any]:
        """Return a proposal with who signed it.

        Raises:
            NotFoundError: there is none with this number.
        """
        connection = self.federation.store.read()
        return self._described(connection, _known(connection, number))

    def texts(self, number: int) -> tuple[str, str]:
        """Return the texts of the policy that a proposal changes, and of the one it proposes.

        Raises:
            NotFoundError: there is none with this number.
        """
        connection = self.federation.store.read()
        before, after = self._both(connection, _known(connection, number))
        return before.text, after.text

    def effect(self, number: int, member: str | None = None) -> list[Effect]:
        """Return what a proposal opens and closes today; for *member*, what concerns its own data or its own desks.

        Raises:
            NotFoundError: there is none with this number.
        """
        connection = self.federation.store.read()
        before, after = self._both(connection, _known(connection, number))
        suspended = self.federation.engine.suspended
        found = effect(before.engine(suspended), after.engine(suspended), self._classes(connection))
        return [one for one in found if member in (None, one.recipient, one.origin)]

    def prove(self, number: int) -> list[Proof]:
        """Return whether the policy proposed has the standing guarantees, and whether it opens anything at all.

        Raises:
            NotFoundError: there is none with this number.
            PolicyError: nothing can be proved.
        """
        connection = self.federation.store.read()
        before, after = self._both(connection, _known(connection, number))
        return [
            *proof.prove(after.rules, after.bloc),
            proof.opened(before.rules, before.bloc, after.rules, after.bloc),
        ]

    # --- signatures

    def sign(
        self, number: int, member: str, *, approves: bool, remark: str, signature: str, public: str
    ) -> dict[str, Any]:
        """Take a member's word on a proposal.

        The key that a member signs with first is the one it is known by; another is taken only from an operator.

        Raises:
            NotFoundError: there is no such proposal.
            InvalidObjectError: the signature is not the member's.
            RefusedError: the proposal is in force already, or the member signs with another key than it did before.
        """
        with self.federation.store.write() as connection:
            one = _known(connection, number)
            if one.activated is not None:
                raise RefusedError(f"proposal {number} is in force already")
            known = policies.key_of(connection, member)
            if known is not None and known != public:
                raise RefusedError(f"{member} is known by another key, expected one that an operator was told to trust")
            check_signature(_word(one, member, approves=approves, remark=remark), signature, public)
            if known is None:
                policies.trust_key(connection, member, public)
            policies.sign(
                connection,
                Signature(
                    proposal=number,
                    member=member,
                    approves=approves,
                    remark=remark,
                    signed=self.federation.store.clock(),
                    signature=signature,
                ),
            )
            return self._described(connection, one)

    def trust(self, member: str, public: str) -> None:
        """Take *public* as a member's key, whatever it was before.

        Raises:
            InvalidRequestError: it is no key, or there is no such member.
        """
        self._check_member(member)
        if len(public) != 64 or any(digit not in "0123456789abcdef" for digit in public):
            raise InvalidRequestError("the key is not one, expected 64 hexadecimal digits")
        with self.federation.store.write() as connection:
            policies.trust_key(connection, member, public)

    # --- in force

    def activate(self, number: int) -> dict[str, Any]:
        """Put a proposal in force, in one transaction.

        Raises:
            NotFoundError: there is no such proposal.
            RefusedError: it is not signed by enough members, not due, not based on what is in force, or breaks a
                standing guarantee.
            PolicyError: the guarantees cannot be proved here.
        """
        # What is slow is done before the write lock is taken; what is proved and signed is named by digests.
        proved = self.prove(number)
        with self.federation.store.write() as connection:
            one = _known(connection, number)
            self._check_due(connection, one)
            broken = [each for each in proved if not each.holds and each.name != proof.OPENS_NOTHING]
            if broken:
                raise RefusedError(f"the proposal breaks {broken[0].name!r}: {broken[0].counterexample}")
            signed = policies.signatures_of(connection, number)
            evidence = {"proofs": [asdict(each) for each in proved], "signatures": [asdict(each) for each in signed]}
            record = self._record(CHANGE, one.digest, self.federation.engine.suspended, reason=one.title)
            text = json.dumps(evidence, ensure_ascii=False)
            self._put_in_force(connection, replace(record, proposal=number, evidence=text))
            return self._described(connection, _known(connection, number))

    def suspend(self, member: str, reason: str) -> None:
        """Stop all exchange with a member, in one transaction.

        Raises:
            InvalidRequestError: there is no such member.
            RefusedError: it is suspended already.
        """
        self._check_member(member)
        self._exclude(member, reason, suspends=True)

    def readmit(self, member: str, reason: str) -> None:
        """End the suspension of a member; what it missed reaches it.

        Raises:
            InvalidRequestError: there is no such member.
            RefusedError: it is not suspended.
        """
        self._check_member(member)
        self._exclude(member, reason, suspends=False)

    def history(self, after: int = -1) -> list[Activation]:
        """Return what was put in force, in order."""
        return policies.history(self.federation.store.read(), after=after)

    def activations(self, after: int) -> list[dict[str, Any]]:
        """Return what was put in force after a number, with the texts of the policies, for members' nodes."""
        connection = self.federation.store.read()
        return [self._told(connection, one) for one in policies.history(connection, after=after)]

    # --- within

    def _told(self, connection: Connection, one: Activation) -> dict[str, Any]:
        proposal = None if one.proposal is None else _known(connection, one.proposal)
        signed = [] if proposal is None else policies.signatures_of(connection, proposal.number)
        return {
            **asdict(one),
            "suspended": sorted(one.suspended),
            "policy": policies.policy_text(connection, one.digest),
            "terms": None if proposal is None else asdict(proposal),
            "keys": {each.member: policies.key_of(connection, each.member) for each in signed},
        }

    def _exclude(self, member: str, reason: str, *, suspends: bool) -> None:
        with self.federation.store.write() as connection:
            suspended = self.federation.engine.suspended
            if (member in suspended) == suspends:
                raise RefusedError(f"{member} is {'suspended already' if suspends else 'not suspended'}")
            becomes = suspended | {member} if suspends else suspended - {member}
            digest = self.federation.ruling.policy(connection).digest
            kind = SUSPENSION if suspends else READMISSION
            self._put_in_force(connection, self._record(kind, digest, becomes, reason=f"{member}: {reason}"))

    def _record(self, kind: str, digest: str, suspended: frozenset[str], *, reason: str) -> Activation:
        return Activation(
            number=0,
            kind=kind,
            digest=digest,
            suspended=suspended,
            activated=self.federation.store.clock(),
            proposal=None,
            reason=reason,
            evidence="{}",
        )

    def _put_in_force(self, connection: Connection, record: Activation) -> None:
        self.federation.ruling.activate(connection, record, _text(connection, record.digest))

    def _check_waiting(self, connection: Connection, proposer: str, base: str) -> None:
        waiting = [
            one
            for one in policies.every_proposal(connection)
            if one.proposer == proposer and one.activated is None and one.base == base
        ]
        if proposer and len(waiting) >= MOST_WAITING:
            raise RefusedError(f"{len(waiting)} proposals of {proposer} wait for signatures, expected fewer")

    def _check_due(self, connection: Connection, one: Proposal) -> None:
        base = self.federation.ruling.policy(connection)
        if one.activated is not None:
            raise RefusedError(f"proposal {one.number} is in force already")
        if base.digest != one.base:
            raise RefusedError(f"proposal {one.number} changes rules that are no longer in force: propose it again")
        if one.effective > self.federation.store.clock():
            raise RefusedError(f"proposal {one.number} is not due yet")
        missing = self._missing(connection, one, base)
        if missing:
            raise RefusedError(f"proposal {one.number} is not ratified: {missing}")

    def _missing(self, connection: Connection, one: Proposal, base: Policy) -> str:
        """Return in words which signatures are missing; empty when none is. Who is suspended does not count."""
        voting = base.bloc.members.keys() - self.federation.engine.suspended
        for_it = {
            each.member
            for each in policies.signatures_of(connection, one.number)
            if each.approves and each.member in voting and self._still_good(connection, one, each)
        }
        if one.chapter_of is not None:
            return "" if one.chapter_of in for_it else f"expected the signature of {one.chapter_of}"
        short = base.bloc.quorum - len(for_it)
        return f"{short} of {base.bloc.quorum} signatures are missing" if short > 0 else ""

    def _still_good(self, connection: Connection, one: Proposal, each: Signature) -> bool:
        public = policies.key_of(connection, each.member)
        try:
            check_signature(
                _word(one, each.member, approves=each.approves, remark=each.remark), each.signature, public or ""
            )
        except InvalidObjectError:
            return False
        return True

    def _both(self, connection: Connection, one: Proposal) -> tuple[Policy, Policy]:
        return _text(connection, one.base), _text(connection, one.digest)

    def _classes(self, connection: Connection) -> dict[Label, int]:
        counts = self.federation.store.grants.sizes(connection)
        return {label: counts[number] for number, label in self.federation.store.grants.labels(connection).items()}

    def _described(self, connection: Connection, one: Proposal) -> dict[str, Any]:
        base, policy = self._both(connection, one)
        signed = policies.signatures_of(connection, one.number)
        return {
            **asdict(one),
            "changes": list(base.changes(policy)),
            "approved_by": [each.member for each in signed if each.approves],
            "dissent": {each.member: each.remark for each in signed if not each.approves},
            "missing": "" if one.activated is not None else self._missing(connection, one, base),
        }

    def _check_member(self, member: str) -> None:
        if member not in self.federation.bloc.members:
            raise InvalidRequestError(f"member {member!r}, expected one of {', '.join(self.federation.bloc.members)}")


def _known(connection: Connection, number: int) -> Proposal:
    one = policies.proposal(connection, number)
    if one is None:
        raise NotFoundError(f"no proposal {number}")
    return one


def _text(connection: Connection, digest: str) -> Policy:
    text = policies.policy_text(connection, digest)
    if text is None:
        raise PolicyError(f"the text of the policy {digest[:12]} is not kept here")
    return Policy.parse(text)


def _word(one: Proposal, member: str, *, approves: bool, remark: str) -> Word:
    return Word(
        member=member, approves=approves, digest=one.digest, base=one.base, effective=one.effective, remark=remark
    )
