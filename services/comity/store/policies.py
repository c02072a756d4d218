"""What is kept of the committee's work: policies, proposals, signatures, and what was in force when."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, update

from comity.store.committee_tables import activations, policies, proposals, signatures, signing_keys

FOUNDING, CHANGE, SUSPENSION, READMISSION = "founding", "change", "suspension", "readmission"


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """What was put in force."""

    number: int
    kind: str
    digest: str
    suspended: frozenset[str]
    activated: int
    """When, in microseconds."""
    proposal: int | None
    reason: str
    evidence: str
    """What was proved and who signed, as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change of the rules that was put forward."""

    number: int
    digest: str
    base: str
    title: str
    proposer: str
    proposed: int
    effective: int
    chapter_of: str | None
    activated: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A member's word on a proposal."""

    proposal: int
    member: str
    approves: bool
    remark: str
    signed: int
    signature: str


def keep_policy(connection: Connection, digest: str, content: str) -> None:
    """Keep a policy; one that is kept already stays as it is."""
    if policy_text(connection, digest) is None:
        connection.execute(insert(policies).values(digest=digest, content=content))


def policy_text(connection: Connection, digest: str) -> str | None:
    """Return the canonical text of a policy, or ``None`` when it is not kept here."""
    return connection.execute(select(policies.c.content).where(policies.c.digest == digest)).scalar()


def activate(connection: Connection, one: Activation) -> None:
    """Record what is in force from now on."""
    values = {name: getattr(one, name) for name in one.__dataclass_fields__}
    connection.execute(insert(activations).values(**values | {"suspended": json.dumps(sorted(one.suspended))}))
    if one.proposal is not None:
        connection.execute(update(proposals).where(proposals.c.number == one.proposal).values(activated=one.activated))


def history(connection: Connection, *, after: int = -1) -> list[Activation]:
    """Return what was put in force, in order."""
    rows = connection.execute(select(activations).where(activations.c.number > after).order_by(activations.c.number))
    return [_activation(row._asdict()) for row in rows]


def in_force(connection: Connection, at: int | None = None) -> Activation | None:
    """Return what is in force now, or was at a moment in the past; ``None`` when nothing was."""
    query = select(activations).order_by(activations.c.number.desc()).limit(1)
    if at is not None:
        query = query.where(activations.c.activated <= at)
    row = connection.execute(query).first()
    return None if row is None else _activation(row._asdict())


def newest_activation(connection: Connection) -> int:
    """Return the number of what was put in force last, -1 when nothing was."""
    newest = connection.execute(select(func.max(activations.c.number))).scalar()
    return -1 if newest is None else int(newest)


def propose(connection: Connection, one: Proposal) -> None:
    """Keep a proposal."""
    connection.execute(insert(proposals).values(**{name: getattr(one, name) for name in one.__dataclass_fields__}))


def next_proposal(connection: Connection) -> int:
    """Return the number for the next proposal."""
    return int(connection.execute(select(func.max(proposals.c.number))).scalar() or 0) + 1


def proposal(connection: Connection, number: int) -> Proposal | None:
    """Return a proposal, or ``None`` when there is none with this number."""
    return next(iter(_proposals(connection, number)), None)


def every_proposal(connection: Connection) -> list[Proposal]:
    """Return all proposals in order."""
    return _proposals(connection, None)


def sign(connection: Connection, one: Signature) -> None:
    """Keep a member's word on a proposal, in place of an earlier one."""
    connection.execute(
        signatures.delete().where(signatures.c.proposal == one.proposal, signatures.c.member == one.member)
    )
    connection.execute(insert(signatures).values(**{name: getattr(one, name) for name in one.__dataclass_fields__}))


def signatures_of(connection: Connection, number: int) -> list[Signature]:
    """Return the signatures under a proposal, by member."""
    query = select(signatures).where(signatures.c.proposal == number).order_by(signatures.c.member)
    return [Signature(**row._asdict()) for row in connection.execute(query)]


def key_of(connection: Connection, member: str) -> str | None:
    """Return the public key by which a member signs, in hexadecimal, or ``None`` when none is known."""
    return connection.execute(select(signing_keys.c.public).where(signing_keys.c.member == member)).scalar()


def trust_key(connection: Connection, member: str, public: str) -> None:
    """Take *public* as the key by which a member signs from now on."""
    connection.execute(signing_keys.delete().where(signing_keys.c.member == member))
    connection.execute(insert(signing_keys).values(member=member, public=public))


def _proposals(connection: Connection, number: int | None) -> list[Proposal]:
    query = select(proposals).order_by(proposals.c.number)
    if number is not None:
        query = query.where(proposals.c.number == number)
    return [Proposal(**row._asdict()) for row in connection.execute(query)]


def _activation(row: dict[str, object]) -> Activation:
    suspended: Sequence[str] = json.loads(str(row["suspended"]))
    return Activation(**row | {"suspended": frozenset(suspended)})  # type: ignore[arg-type]  # a row of these columns
