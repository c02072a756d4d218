"""What the operators and analysts of a member do at their node: look ahead, sight, recall, and see how things stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from comity_schemas.extensions import EXERCISE_MARKING

from comity.dedup.canonical import observable_of
from comity.dedup.fingerprint import fingerprint_of, keyed
from comity.domain.desk import Desk, Role
from comity.domain.identity import identity_of
from comity.domain.label import RELEASE_ALL, Label
from comity.domain.purpose import Purpose
from comity.domain.tlp import TLP
from comity.errors import NotFoundError
from comity.gateway.contributing import twin_number
from comity.gateway.viewers import OWN, desk_viewer
from comity.node import withdrawal
from comity.node.context import Node
from comity.node.drafting import draft
from comity.node.intake import Intake, accepted
from comity.node.markings import KnownMarkings
from comity.policy.evaluate import Engine, Viewer
from comity.policy.explain import Explanation, Outcome, explain, member_outcome
from comity.stix.authoring import Authorship, sighting
from comity.stix.headers import Header, read_header
from comity.stix.labels import Defaults
from comity.stix.markings import TLP_MARKINGS
from comity.stix.objects import parse_object
from comity.stix.twins import observable_of_object
from comity.store import operations
from comity.store.pages import split_id

_REFUTED = "false-positive"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskWork:
    """The work of one node's desks, for its pages, its API and its commands alike."""

    node: Node
    intake: Intake

    def outcomes(self, object_id: str, at: int | None = None) -> list[tuple[str, Outcome]]:
        """Return what becomes of one of the member's own objects at every other member, now or at a past moment.

        Raises:
            NotFoundError: the member has no such object, or had none then.
            PolicyError: nothing was in force then.
        """
        return self._at_others(self._labels_of(object_id, at), at)

    def preview(self, raw: bytes, defaults: Defaults | None = None) -> list[tuple[str, Outcome]]:
        """Return what would become of an object that has not been taken in, where *defaults* hold what it leaves out.

        Raises:
            InvalidObjectError: it could not be taken in.
        """
        return self._at_others(self.labels_of_draft(raw, defaults))

    def explained(self, object_id: str, viewer: Viewer, at: int | None = None) -> list[tuple[Label, Explanation]]:
        """Return the decision on each form of an object for one desk, in words, with what the next richer would need.

        An owner asks for any desk about its own objects, a recipient for its own desks about what they are served. To
        anyone else an object that is withheld looks like one that is not there.

        Raises:
            NotFoundError: there is no such object to the one who asks.
            PolicyError: nothing was in force then.
        """
        engine = self._engine_at(at)
        if operations.submission(self.node.store.read(), object_id) is not None:
            return [(label, explain(engine, label, *viewer)) for label in self._labels_of(object_id, at)]
        found = self._received(object_id)
        told = None if found is None or viewer[0].member != self.node.member else explain(engine, found, *viewer)
        if found is None or told is None or not told.decision.served:
            raise NotFoundError(f"no object {object_id[:80]!r} for {viewer[0]}, reading for {viewer[1]}")
        return [(found, told)]

    def explained_draft(self, raw: bytes, viewer: Viewer) -> list[tuple[Label, Explanation]]:
        """Return what ``explained`` would for an object that has not been taken in.

        Raises:
            InvalidObjectError: it could not be taken in.
        """
        return [(label, explain(self.node.engine, label, *viewer)) for label in self.labels_of_draft(raw)]

    def labels_of_draft(self, raw: bytes, defaults: Defaults | None = None) -> Sequence[Label]:
        """Return the labels of the forms that would be made of an object, by the code that takes objects in.

        Raises:
            InvalidObjectError: it could not be taken in.
        """
        obj = parse_object(raw, self.intake.bounds)
        connection = self.node.store.read()
        drafts = draft(
            self.node,
            connection,
            obj,
            defaults=defaults or Defaults(),
            known_markings=KnownMarkings(self.node.store, [obj]),
            now=self.node.store.clock(),
        )
        return drafts.labels

    def warnings(self, kind: str, value: str) -> tuple[str, ...]:
        """Return the warning lists that an observable is on.

        Raises:
            InvalidObjectError: it is none.
        """
        return self.node.warnings.matches(observable_of(kind, value))

    def warnings_of(self, raw: bytes) -> tuple[str, ...]:
        """Return the warning lists that the observable of an object is on; none where it states none.

        Raises:
            InvalidObjectError: it is no object.
        """
        observable = observable_of_object(parse_object(raw))
        return () if observable is None else self.node.warnings.matches(observable)

    def recall(self, object_id: str, reason: str) -> None:
        """Take back one of the member's own objects, everywhere.

        Raises:
            NotFoundError: the member has no such object.
        """
        with self.node.store.write() as connection:
            if operations.submission(connection, object_id) is None:
                raise NotFoundError(f"no object {object_id[:80]!r} of {self.node.member}")
            withdrawal.recall(self.node, connection, object_id, reason)
        self.node.store.database.scrub()

    def sight(self, kind: str, value: str, *, count: int, refuted: bool) -> None:
        """Record that an observable was seen here, or that it is a false alarm, about the object that the CERT holds.

        Raises:
            InvalidObjectError: the value is none of its kind.
            NotFoundError: the CERT holds no object of it.
            RefusedError: the sighting was not taken in.
        """
        held = self._held(kind, value)
        now = _stix_time(self.node.store.clock())
        body = sighting(
            (self.node.member, held.id, now, str(refuted)),
            held.id,
            by=Authorship(
                created_by_ref=identity_of(self.node.member), created=now, modified=now, marking_refs=_markings(held)
            ),
            where_sighted_refs=(identity_of(self.node.member),),
            count=count,
            first_seen=now,
            last_seen=now,
            labels=(_REFUTED,) if refuted else (),
        )
        accepted(self.intake.take([body], Defaults(tlp=TLP.CLEAR, label=self._public_label(), releasable=RELEASE_ALL)))

    def _held(self, kind: str, value: str) -> Header:
        observable = observable_of(kind, value)
        store, connection = self.node.store, self.node.store.read()
        key = keyed(fingerprint_of(observable), self.node.twin_key)
        twin = twin_number(key)
        for name in (*(desk_viewer(Desk(self.node.member, Role.CERT), each) for each in Purpose), OWN):
            number = store.grants.viewers.find(connection, name)
            if number is None:
                continue
            rows = store.pages.contributions(connection, store.grants.viewer(connection, number), twin)
            if rows:
                return read_header(rows[0].body)
        raise NotFoundError(f"no object of {str(observable)[:80]!r} is held")

    def _at_others(self, labels: Sequence[Label], at: int | None = None) -> list[tuple[str, Outcome]]:
        engine = self._engine_at(at)
        others = [code for code in engine.bloc.members if code != self.node.member]
        return [(code, member_outcome(engine, labels, code)) for code in others]

    def _engine_at(self, at: int | None) -> Engine:
        return self.node.engine if at is None else self.node.ruling.engine_at(self.node.store.read(), at)

    def _labels_of(self, object_id: str, at: int | None) -> list[Label]:
        one = operations.submission(self.node.store.read(), object_id)
        if one is None or (at is not None and at < one.received):
            raise NotFoundError(f"no object {object_id[:80]!r} of {self.node.member}")
        return withdrawal.present_labels(one, self.node.store.clock() if at is None else at)

    def _received(self, object_id: str) -> Label | None:
        """Return the label of an object of another member that is stored here."""
        connection = self.node.store.read()
        found = split_id(object_id)
        stored = operations.newest(connection, found[1]) if found else None
        return None if stored is None else self.node.store.grants.label_of(connection, stored[0])

    def _public_label(self) -> str | None:
        return min(self.node.bloc.platform_labels, key=lambda text: self.node.bloc.platform_labels[text], default=None)


def _markings(held: Header) -> tuple[str, ...]:
    known = {*TLP_MARKINGS.values(), EXERCISE_MARKING}
    return tuple(ref for ref in held.object_marking_refs if ref in known)


def _stix_time(present: int) -> str:
    moment = datetime.fromtimestamp(present / 1_000_000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
