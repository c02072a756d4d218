"""Names that stand for a victim, and ids that stand for a form: stable inside one member, unlinkable across members."""

import hmac
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from comity.domain.label import Form
from comity.domain.tier import Tier

MIN_SECRET = 16
"""The fewest bytes of a secret."""

_LENGTH = 24
_UUID_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Keys:
    """A member's secret, from which all its pseudonyms and the ids of its forms come; it never leaves the node."""

    secret: bytes

    def __post_init__(self) -> None:
        if len(self.secret) < MIN_SECRET:
            raise ValueError(f"secret of {len(self.secret)} bytes, expected at least {MIN_SECRET}")

    def pseudonym(self, subject: str, value: str) -> str:
        """Return the name that stands for *value*; a *subject* keeps apart what is not of one kind."""
        return f"p-{self._mac('pseudonym', subject, value).hex()[:_LENGTH]}"

    def form_id(self, original: str, form: Form, tier: Tier) -> str:
        """Return the id of the *form* at *tier* of the object whose id is *original*."""
        mac = self._mac("form", original, form.word, tier.name)
        return f"{original.partition('--')[0]}--{UUID(bytes=mac[:_UUID_BYTES], version=5)}"

    def _mac(self, *parts: str) -> bytes:
        # Each part is preceded by its length, so that no two lists of parts make one message.
        message = b"".join(len(part).to_bytes(4, "big") + part for part in (text.encode("utf-8") for text in parts))
        return hmac.digest(self.secret, message, sha256)
