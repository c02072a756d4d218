"""From an object and its label to a contribution: the same at a node and at the federation."""

from dataclasses import dataclass

from comity.dedup.canonical import Observable
from comity.domain.label import Label
from comity.domain.member import Bloc
from comity.stix.objects import StixObject
from comity.stix.twins import observable_of_object, twin_key_of
from comity.store.contributions import Contribution
from comity.store.database import Connection
from comity.store.pages import split_id
from comity.store.release_log import merged_types
from comity.store.store import Store

_TWIN_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What an object is about, found once and used for all that is made of it."""

    observable: Observable | None
    twin_key: bytes | None
    """What contributions of the same observable have in common."""

    @property
    def twin(self) -> int | None:
        """The number by which contributions of one observable are found, or ``None`` where nothing is merged."""
        return None if self.twin_key is None else twin_number(self.twin_key)


def meaning_of(one: StixObject, key: bytes) -> Meaning:
    """Return what *one* is about; *key* is the bloc's for fingerprints."""
    observable = observable_of_object(one)
    return Meaning(observable=observable, twin_key=twin_key_of(one, key=key, observable=observable))


def twin_number(keyed: bytes) -> int:
    """Return the number that stands in rows for a keyed fingerprint."""
    return int.from_bytes(keyed[:_TWIN_BYTES], "big", signed=True)


def contribution(
    store: Store,
    bloc: Bloc,
    connection: Connection,
    one: StixObject,
    label: Label,
    *,
    meaning: Meaning,
    lifts_at: int | None = None,
) -> Contribution:
    """Return the contribution that *one* is; needs the write lock, since it may found a class."""
    observable = meaning.observable if one.type in merged_types() else None
    lifted = None
    if lifts_at is not None:
        lifted = (lifts_at, store.grants.class_of(connection, label.lifted()))
    return Contribution(
        uuid=one.uuid,
        type=one.type,
        version=one.version,
        space=label.origin,
        class_id=store.grants.class_of(connection, label),
        body=one.raw,
        revoked=one.header.revoked,
        twin=meaning.twin,
        term=(observable.kind, observable.value) if observable else None,
        lifts=lifted,
        about=sighted(one),
        shared_id=owner_named(bloc, one) is None,
    )


def owner_named(bloc: Bloc, one: StixObject) -> str | None:
    """Return the member under whose identity *one* was created, or ``None`` when it is of no member's making."""
    creator = one.header.created_by_ref
    return bloc.member_of_identity(creator) if creator else None


def sighted(one: StixObject) -> bytes | None:
    """Return the UUID of what *one* is a sighting of."""
    target = split_id(one.header.sighting_of_ref or "")
    return target[1] if one.type == "sighting" and target else None
