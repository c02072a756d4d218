"""Asking whether any member knows a value, without telling the federation the value."""

from base64 import b64encode
from bisect import bisect_left
from collections.abc import Sequence
from enum import StrEnum

import msgspec
from voprf.ristretto import Client, PublicKey, VerifiableOutput

from comity.dedup.canonical import Observable
from comity.errors import SyncError
from comity.gateway.questions import TAG_BYTES, asked_about, tag_of
from comity.transport.client import ServiceClient


class Known(StrEnum):
    """What is told of a value."""

    UNKNOWN = "unknown"
    FEW = "known"
    """Somebody else has shared it; not who, nor whether one or two."""
    SEVERAL = "known to three or more"


class _Answer(msgspec.Struct, forbid_unknown_fields=True):
    epoch: int
    key: bytes
    evaluated: list[bytes]
    few: bytes
    several: bytes


def ask(client: ServiceClient, observables: Sequence[Observable]) -> list[Known]:
    """Return for each of a few observables whether any other member knows it.

    Raises:
        SyncError: the federation could not be reached, refused, or its evaluation does not prove right.
    """
    blinded = [Client.blind(asked_about(one)) for one in observables]
    told = client.post_json(
        "/api/questions", {"blinded": [b64encode(each.serialize()).decode() for _, each in blinded]}
    )
    try:
        answer = msgspec.convert(told, _Answer)
        key = PublicKey.deserialize(answer.key)
        results = [
            each.finalize(VerifiableOutput.deserialize(evaluated), key)
            for (each, _), evaluated in zip(blinded, answer.evaluated, strict=True)
        ]
    except (ValueError, msgspec.ValidationError) as error:
        raise SyncError("the federation answered outside the protocol: its evaluation does not hold") from error
    return [_found(tag_of(result), answer) for result in results]


def _found(tag: bytes, answer: _Answer) -> Known:
    if _is_in(tag, answer.several):
        return Known.SEVERAL
    return Known.FEW if _is_in(tag, answer.few) else Known.UNKNOWN


def _is_in(tag: bytes, table: bytes) -> bool:
    def at(place: int) -> bytes:
        return table[place * TAG_BYTES : (place + 1) * TAG_BYTES]

    place = bisect_left(range(len(table) // TAG_BYTES), tag, key=at)
    return at(place) == tag
