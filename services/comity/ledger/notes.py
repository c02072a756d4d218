"""Signed notes and the keys that sign them (C2SP signed-note): who signs what is a text, and so is the signature.

The type of a signature is part of the key, as one byte. A suite that is to come, such as a hybrid of Ed25519 and
ML-DSA, is one more entry of ``_VERIFIERS`` and one more line under a note; a type that is not known is no signature.
"""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from comity.errors import LedgerError

ED25519 = 1
"""The type of an Ed25519 signature, in one byte."""

COSIGNATURE = 4
"""The type of a witness's signature with the time at which it was made (C2SP tlog-cosignature, cosignature/v1)."""

TIME_BYTES = 8
"""How long the time in front of a cosignature is."""

LONGEST = 100_000
"""The most characters of a note that is read."""

_MOST_SIGNATURES = 16
_ID_BYTES = 4
_SEED_BYTES = 32
_PRIVATE = "PRIVATE+KEY+"
_NAME = r"[!-*,-~]{1,200}"
_KEY = re.compile(rf"({_NAME})\+([0-9a-f]{{8}})\+([A-Za-z0-9+/]{{4,4000}}={{0,2}})")
_SIGNATURE = re.compile(rf"— ({_NAME}) ([A-Za-z0-9+/]{{8,20000}}={{0,2}})")


@dataclass(frozen=True, slots=True)
class Key:
    """A public key: the name of who signs, the type of the signatures, and the key itself."""

    name: str
    type: int
    public: bytes

    @classmethod
    def parse(cls, text: str, *, type: int = ED25519) -> Self:  # noqa: A002  # the word of the format
        """Return the key written ``NAME+ID+BASE64``.

        Raises:
            LedgerError: it is none, or of another type.
        """
        name, identifier, value = _key_parts(text)
        key = cls(name, value[0], value[1:])
        if key.type != type or identifier != key.id.hex():
            raise LedgerError(f"key of {name!r} is not usable, expected one of type {type} and an id that fits")
        return key

    @property
    def id(self) -> bytes:
        """Four bytes by which a signature names its key."""
        return sha256(f"{self.name}\n".encode() + bytes([self.type]) + self.public).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_text(bytes([self.type]) + self.public)}"

    def opened(self, note: str) -> str:
        """Return the text of *note* if this key has signed it.

        Raises:
            LedgerError: it is no note, or this key has not signed it, or not so.
        """
        text, signature = self.found(note)
        _VERIFIERS[self.type](self.public, signature, text.encode("utf-8", "surrogatepass"))
        return text

    def found(self, note: str) -> tuple[str, bytes]:
        """Return the text of *note* and what stands under it as this key's signature, which is not verified.

        Raises:
            LedgerError: it is no note, or nothing stands there.
        """
        text, signatures = _split(note)
        for name, value in signatures:
            if name == self.name and value[:_ID_BYTES] == self.id:
                return text, value[_ID_BYTES:]
        raise LedgerError(f"a note is not signed by {self.name!r} with the key {self.id.hex()}")


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """A private key; its text is a secret."""

    name: str
    seed: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the private key in *text*, as ``text`` gives it.

        Raises:
            LedgerError: it is none; the message does not repeat it.
        """
        try:
            name, identifier, value = _key_parts(text.removeprefix(_PRIVATE))
        except LedgerError:
            raise LedgerError("a private key cannot be read") from None
        if not text.startswith(_PRIVATE) or value[0] != ED25519 or len(value) != _SEED_BYTES + 1:
            raise LedgerError("a private key cannot be read")
        signer = cls(name, value[1:])
        if signer.key.id.hex() != identifier:
            raise LedgerError("a private key does not have the id that it states")
        return signer

    @property
    def text(self) -> str:
        """The private key as it is kept in a file."""
        return f"{_PRIVATE}{self.name}+{self.key.id.hex()}+{_text(bytes([ED25519]) + self.seed)}"

    @property
    def key(self) -> Key:
        """The public key."""
        return Key(self.name, ED25519, self._private().public_key().public_bytes_raw())

    def signed(self, text: str) -> str:
        """Return *text*, which ends a line, as a note that this key has signed.

        Raises:
            LedgerError: the text cannot be a note.
        """
        if not text.endswith("\n") or "\n\n" in text:
            raise LedgerError("a text to be signed has an empty line, or its last line does not end")
        return f"{text}\n{_line(self.name, self.key.id + self._private().sign(text.encode()))}"

    @property
    def witness_key(self) -> Key:
        """The public key as that of a witness."""
        return Key(self.name, COSIGNATURE, self.key.public)

    def cosigned(self, note: str, *, at: int) -> str:
        """Return *note* with the signature of this key as a witness, made *at* so many seconds since 1970.

        It takes the place of an earlier one by the same key.

        Raises:
            LedgerError: it is no note, or there is no place for one more signature.
        """
        text, signatures = _split(note)
        key, time = self.witness_key, at.to_bytes(TIME_BYTES)
        others = [(name, value) for name, value in signatures if (name, value[:_ID_BYTES]) != (key.name, key.id)]
        if len(others) == _MOST_SIGNATURES:
            raise LedgerError(f"a note with {_MOST_SIGNATURES} signatures, expected fewer")
        made = key.id + time + self._private().sign(_cosigned_text(time, text.encode()))
        return f"{text}\n" + "".join(_line(name, value) for name, value in (*others, (key.name, made)))

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def _line(name: str, value: bytes) -> str:
    return f"— {name} {_text(value)}\n"


def _split(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    text, blank, signed = note.rpartition("\n\n")
    if len(note) > LONGEST or not blank or not note.endswith("\n"):
        raise LedgerError("no signed note, expected a text, an empty line and signatures")
    lines = signed[:-1].split("\n")
    found = [_SIGNATURE.fullmatch(line) for line in lines[:_MOST_SIGNATURES]]
    if len(lines) > _MOST_SIGNATURES or not all(found):
        raise LedgerError("no signed note, expected lines of a name and a signature")
    return text + "\n", [(each[1], _bytes(each[2])) for each in found if each]


def _key_parts(text: str) -> tuple[str, str, bytes]:
    found = _KEY.fullmatch(text)
    if not found:
        raise LedgerError(f"key {text[:60]!r} cannot be read, expected NAME+ID+BASE64")
    return found[1], found[2], _bytes(found[3])


def _bytes(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise LedgerError(f"{text[:20]!r} is no base64") from error


def _text(value: bytes) -> str:
    return b64encode(value).decode()


def _verify_ed25519(public: bytes, signature: bytes, message: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise LedgerError("a signature is not that of its key") from error


def _verify_cosignature(public: bytes, signature: bytes, message: bytes) -> None:
    time = signature[:TIME_BYTES]
    _verify_ed25519(public, signature[TIME_BYTES:], _cosigned_text(time, message))


def _cosigned_text(time: bytes, text: bytes) -> bytes:
    return b"cosignature/v1\ntime %d\n%b" % (int.from_bytes(time), text)


_VERIFIERS: Mapping[int, Callable[[bytes, bytes, bytes], None]] = {
    ED25519: _verify_ed25519,
    COSIGNATURE: _verify_cosignature,
}
"""How a signature of each type is verified: the key, the signature, the message."""
