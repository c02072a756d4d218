"""Signatures of members under proposals: Ed25519 (RFC 8032) over a text that a person can read."""

import json
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from comity.errors import InvalidObjectError

SCHEME = "ed25519"
"""The only suite of signatures so far; it stands in what is signed, so that others can come beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a member says of a proposal, as it is signed."""

    member: str
    approves: bool
    digest: str
    """Of the policy as it would be."""
    base: str
    """The digest of the policy that it is a change of."""
    effective: int
    """From when on, in microseconds since 1970."""
    remark: str

    @property
    def text(self) -> bytes:
        """The bytes that are signed."""
        record = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return b"comity policy\n" + json.dumps({"scheme": SCHEME, **record}, sort_keys=True).encode()


def public_key(secret: bytes) -> str:
    """Return the public key of a secret of 32 bytes, in hexadecimal."""
    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw().hex()


def signature_of(word: Word, secret: bytes) -> str:
    """Return the signature of *word* by the holder of *secret*, in hexadecimal."""
    return Ed25519PrivateKey.from_private_bytes(secret).sign(word.text).hex()


def check_signature(word: Word, signature: str, public: str) -> None:
    """Return when *signature* is that of *word* by the holder of *public*.

    Raises:
        InvalidObjectError: it is not.
    """
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(signature), word.text)
    except (ValueError, InvalidSignature) as error:
        raise InvalidObjectError(f"the signature is not one of {word.member} under this proposal") from error
