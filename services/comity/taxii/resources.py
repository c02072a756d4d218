"""Discovery, API root and collections (TAXII 2.1, 4.1.1, 4.2.1, 5.1.1 and 5.2.1).

A resource that breaks a rule of its own cannot be made. What is absent is left out: TAXII has neither nulls nor empty
lists (section 2).
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from comity.errors import SettingsError
from comity.taxii.media_type import STIX, TAXII

_UUID_VERSION = 4


class Discovery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which API roots a server has."""

    title: str
    description: str | None = None
    contact: str | None = None
    default: str | None = None
    api_roots: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse API roots that no client could resolve."""
        for root in self.api_roots:
            if not _is_api_root(root):
                raise SettingsError(f"api root is {root!r}, expected an https URL or a path that begins with one '/'")
        if self.default is not None and self.default not in self.api_roots:
            raise SettingsError(f"default api root is {self.default!r}, expected one of {list(self.api_roots)!r}")


class ApiRoot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an API root is called, and how large a request it takes."""

    title: str
    description: str | None = None
    versions: tuple[str, ...]
    max_content_length: int

    def __post_init__(self) -> None:
        """Refuse a bound that is none, and a root without a version."""
        if not 1 <= self.max_content_length < 2**53:
            raise SettingsError(f"max_content_length is {self.max_content_length!r}, expected 1 to 2^53-1")
        if TAXII not in self.versions:
            raise SettingsError(f"versions are {list(self.versions)!r}, expected {TAXII!r} among them")


class Collection(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A collection, and what the caller may do with it."""

    id: str
    title: str
    description: str | None = None
    alias: str | None = None
    can_read: bool
    can_write: bool
    media_types: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse an id that clients cannot rely on to be unique."""
        try:
            version = UUID(self.id).version
        except ValueError:
            version = None
        if version != _UUID_VERSION:
            raise SettingsError(f"collection id is {self.id!r}, expected a UUID of version {_UUID_VERSION}")


class Collections(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The collections of an API root, in an order that never changes."""

    collections: tuple[Collection, ...] = ()

    def __post_init__(self) -> None:
        """Refuse names that clients could mix up: they select by id, alias or title."""
        names = [name for one in self.collections for name in (one.id, one.alias) if name is not None]
        titles = [one.title for one in self.collections]
        for kind, texts in (("id or alias", names), ("title", titles)):
            if len(set(texts)) < len(texts):
                raise SettingsError(f"collections share one {kind} among {texts!r}, expected each once")


Resource = Discovery | ApiRoot | Collection | Collections
_encoder = msgspec.json.Encoder()


def resource_body(resource: Resource) -> bytes:
    """Return the body of an answer."""
    return _encoder.encode(resource)


def api_root(title: str, *, max_content_length: int, description: str | None = None) -> ApiRoot:
    """Return an API root that speaks TAXII 2.1 and nothing else."""
    return ApiRoot(title=title, description=description, versions=(TAXII,), max_content_length=max_content_length)


def collections(listed: Sequence[Collection]) -> Collections:
    """Return the collections resource, by ascending id."""
    return Collections(collections=tuple(sorted(listed, key=lambda one: one.id)))


def stix_collection(
    collection_id: str,
    title: str,
    *,
    can_read: bool,
    can_write: bool,
    alias: str | None = None,
    description: str | None = None,
) -> Collection:
    """Return a collection of STIX 2.1 objects."""
    return Collection(
        id=collection_id,
        title=title,
        description=description,
        alias=alias,
        can_read=can_read,
        can_write=can_write,
        media_types=(STIX,),
    )


def _is_api_root(text: str) -> bool:
    """Tell whether *text* is an https URL or a path from the server's root, without query and way up (4.1.1)."""
    relative = text.startswith("/") and not text.startswith("//")
    return (relative or text.startswith("https://")) and "?" not in text and "../" not in text
