"""From an object of the node's own member to everything that is made of it: its label, its forms, who is sent what."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from comity.domain.label import Label
from comity.domain.tier import Tier
from comity.errors import InvalidObjectError
from comity.gateway.contributing import Meaning, meaning_of, owner_named, sighted
from comity.node.context import Node
from comity.policy import classes
from comity.policy.restriction import restricted
from comity.redaction.bodies import Surroundings
from comity.redaction.forms import forms_of, has_lesser
from comity.stix.labels import Defaults, Memo, label_of_next
from comity.stix.objects import StixObject, parse_object
from comity.store import operations
from comity.store.database import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One form of an object: what it is, its label, and when that label changes."""

    obj: StixObject
    meaning: Meaning
    label: Label
    lifts_at: int | None
    leaves: bool
    """Whether any other member is served it, now or once its embargo is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafts:
    """An object in full and its lesser forms, the richest first."""

    full: Draft
    lesser: tuple[Draft, ...]
    offers_tier: Tier | None

    @property
    def all(self) -> tuple[Draft, ...]:
        """Every form, the full one first."""
        return (self.full, *self.lesser)

    @property
    def form_ids(self) -> tuple[str, ...]:
        """The id of every form."""
        return tuple(draft.obj.id for draft in self.all)

    @property
    def labels(self) -> tuple[Label, ...]:
        """The label of every form."""
        return tuple(draft.label for draft in self.all)


def draft(
    node: Node,
    connection: Connection,
    obj: StixObject,
    *,
    defaults: Defaults,
    known_markings: Container[str],
    now: int,
    memo: Memo | None = None,
) -> Drafts:
    """Return what becomes of *obj*, an object of the node's own member, at *now*, as if it were new.

    *memo* is that of its batch.

    Raises:
        InvalidObjectError: it is another member's object, or says something about sharing that is not understood.
    """
    owner = owner_named(node.bloc, obj)
    if owner not in (None, node.member):
        raise InvalidObjectError(f"was created by the member {owner}, expected an object of {node.member}")
    labelled = label_of_next(
        obj,
        {} if memo is None else memo,
        bloc=node.bloc,
        origin=node.member,
        defaults=defaults,
        known_markings=known_markings,
        now=now,
    )
    label = _narrowed(node, connection, obj, labelled.label)
    full = Draft(
        obj=obj,
        meaning=meaning_of(obj, node.twin_key),
        label=label,
        lifts_at=labelled.lifts_at,
        leaves=bool(node.recipients(label)),
    )
    return Drafts(
        full=full, lesser=_lesser(node, full, labelled.offers_tier, previous={}), offers_tier=labelled.offers_tier
    )


def continued(node: Node, connection: Connection, several: Sequence[Drafts]) -> list[Drafts]:
    """Return *several* with each lesser form as the next version of the one before, stored or among them.

    What cannot be seen in a form does not move it: then it is the one before.
    """
    previous = _stored(connection, [form for drafts in several for form in drafts.lesser])
    settled = list(several)
    for place in sorted(range(len(several)), key=lambda place: several[place].full.obj.version):
        drafts = several[place]
        if any(form.obj.id in previous for form in drafts.lesser):
            lesser = _lesser(node, drafts.full, drafts.offers_tier, previous=previous)
            drafts = settled[place] = replace(drafts, lesser=lesser)
        previous |= {form.obj.id: msgspec.json.decode(form.obj.raw) for form in drafts.lesser}
    return settled


def _narrowed(node: Node, connection: Connection, obj: StixObject, label: Label) -> Label:
    """Return the label of a sighting no wider than that of what was sighted."""
    target = sighted(obj)
    found = operations.newest(connection, target) if target else None
    return label if found is None else restricted(label, node.store.grants.label_of(connection, found[0]))


def _lesser(
    node: Node, full: Draft, offers_tier: Tier | None, *, previous: Mapping[str, Mapping[str, object]]
) -> tuple[Draft, ...]:
    if not has_lesser(full.label, offers_tier):
        return ()
    observable = full.meaning.observable
    forms = forms_of(
        msgspec.json.decode(full.obj.raw),
        full.label,
        offers_tier=offers_tier,
        keys=node.keys,
        policy=node.engine.ruleset.digest,
        fingerprint=full.meaning.twin_key,
        kind_of_observable=observable.kind if observable else None,
        around=Surroundings(tier_labels=node.tier_labels, previous=previous),
    )
    return tuple(_form(node, form, label, full) for label, form in forms)


def _form(node: Node, form: Mapping[str, object], label: Label, full: Draft) -> Draft:
    obj = parse_object(msgspec.json.encode(form))
    return Draft(
        obj=obj,
        meaning=meaning_of(obj, node.twin_key),
        label=label,
        lifts_at=full.lifts_at,
        leaves=bool(node.recipients(label)),
    )


def _stored(connection: Connection, made: Sequence[Draft]) -> dict[str, Mapping[str, object]]:
    bodies = operations.previous_bodies(connection, [draft.obj.uuid for draft in made])
    return {draft.obj.id: msgspec.json.decode(bodies[draft.obj.uuid]) for draft in made if draft.obj.uuid in bodies}


def label_text(label: Label) -> str:
    """Return the text of a label, as nodes send it to each other."""
    return classes.key(label)
