"""The properties of a STIX object that Comity reads, decoded in one pass; the rest of the object is left alone."""

import msgspec


class GranularMarking(msgspec.Struct, frozen=True, gc=False):
    """A marking of a part of an object (STIX 2.1, 7.2.3); one of a language has no ``marking_ref``."""

    marking_ref: str | None = None


class ExternalReference(msgspec.Struct, frozen=True, gc=False):
    """Where an object is described outside STIX (STIX 2.1, 2.5)."""

    source_name: str
    external_id: str | None = None


class Common(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The properties that objects of every type may have and that mean the same in all of them (STIX 2.1, 3.2)."""

    type: str
    id: str
    spec_version: str | None = None
    created: str | None = None
    modified: str | None = None
    revoked: bool = False
    created_by_ref: str | None = None
    object_marking_refs: tuple[str, ...] = ()
    granular_markings: tuple[GranularMarking, ...] = ()
    external_references: tuple[ExternalReference, ...] = ()
    extensions: dict[str, msgspec.Raw] = {}
    """Extension id -> its value, not yet decoded."""


class Header(Common, frozen=True, kw_only=True, gc=False):
    """The common properties, and those of single types that Comity reads.

    A type or property of others' making may use one of these names for something else; then none of them is read.
    """

    name: str | None = None
    description: str | None = None
    abstract: str | None = None
    value: str | None = None
    hashes: dict[str, str] | None = None
    pattern: str | None = None
    pattern_type: str | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    sighting_of_ref: str | None = None
    where_sighted_refs: tuple[str, ...] = ()
    count: int | None = None
    object_ref: str | None = None
    definition_type: str | None = None


class _Id(msgspec.Struct, frozen=True, gc=False):
    id: str


_id = msgspec.json.Decoder(_Id)
_header = msgspec.json.Decoder(Header)
_common = msgspec.json.Decoder(Common)


def read_header(raw: bytes) -> Header:
    """Return the header of an object that its schema has accepted.

    Raises:
        msgspec.MsgspecError: *raw* has no common properties of the right types.
    """
    try:
        return _header.decode(raw)
    except msgspec.ValidationError:
        return Header(**msgspec.structs.asdict(_common.decode(raw)))


def read_id(raw: bytes) -> str:
    """Return the id of an object that its schema has accepted."""
    return _id.decode(raw).id
