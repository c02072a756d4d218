"""Which marking definitions say nothing about who may receive an object, such as a copyright statement."""

from collections.abc import Iterable

from comity.stix.headers import read_header
from comity.stix.objects import StixObject
from comity.store import operations
from comity.store.pages import split_id
from comity.store.store import Store

_HARMLESS = "statement"


class KnownMarkings:
    """The marking definitions that came with an envelope or before it; asked for one id at a time."""

    def __init__(self, store: Store, objects: Iterable[StixObject]) -> None:
        self._store = store
        self._known = {
            one.id: one.header.definition_type == _HARMLESS for one in objects if one.type == "marking-definition"
        }

    def __contains__(self, marking_id: object) -> bool:
        """Return whether the marking is known to be no more than a statement."""
        if not isinstance(marking_id, str):
            return False
        if marking_id not in self._known:
            self._known[marking_id] = self._is_harmless(marking_id)
        return self._known[marking_id]

    def _is_harmless(self, marking_id: str) -> bool:
        found = split_id(marking_id)
        stored = operations.newest(self._store.read(), found[1]) if found else None
        return stored is not None and read_header(stored[1]).definition_type == _HARMLESS
