"""Envelopes that are sent again: what is here already, byte for byte, was judged when it came (TAXII 2.1, 5.5).

Clients repeat themselves after a lost answer, and feeds by habit. To find their objects costs a fraction of judging
them once more.
"""

from collections.abc import Sequence

import msgspec

from comity.errors import InvalidObjectError
from comity.store.pages import split_id
from comity.store.store import Store
from comity.taxii.status import Fate, Outcome
from comity.taxii.timestamps import instant


class _Name(msgspec.Struct, frozen=True, gc=False):
    id: str
    created: str | None = None
    modified: str | None = None

    @property
    def version(self) -> str:
        """The text of the version, or nothing for an object that has none."""
        return (self.created and (self.modified or self.created)) or ""


_decoder = msgspec.json.Decoder(_Name)


def resent(store: Store, space: str, raws: Sequence[bytes]) -> list[Outcome] | None:
    """Return the fates of objects that *space* has all of already, or ``None`` when one is not plainly among them."""
    if not raws or not _all_here(store, space, raws[:1]) or not _all_here(store, space, raws):
        return None
    names = [_decoder.decode(raw) for raw in raws]
    return [Outcome(fate=Fate.SUCCESS, object_id=name.id, version=name.version) for name in names]


def _all_here(store: Store, space: str, raws: Sequence[bytes]) -> bool:
    try:
        keys = [_key(_decoder.decode(raw)) for raw in raws]
    except (msgspec.MsgspecError, InvalidObjectError, UnicodeDecodeError, RecursionError):
        return False
    stored = store.log.stored(store.read(), space, [uuid for uuid, _ in keys])
    return all(stored.get(key) == raw for key, raw in zip(keys, raws, strict=True))


def _key(name: _Name) -> tuple[bytes, int]:
    found = split_id(name.id)
    if found is None:
        raise InvalidObjectError("id is not as expected: a type, two hyphens and a UUID")
    return found[1], instant(name.version) if name.version else 0
