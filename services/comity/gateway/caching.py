"""What may be kept of an answer and when it is still good: RFC 9110, 8.8.3 and 13.1.2; RFC 9111, 5.2.2.

Every answer says whether it may be kept. Reads of TAXII are ``private, no-cache``: no shared cache may keep them, and
the client's own may, but must ask again each time, which is what the tag is for. Whatever else does not say is
``no-store``. ``must-revalidate`` and ``public``, which would let a shared cache keep answers to requests with
credentials (RFC 9111, 3.5), stand nowhere but on the files that every page loads and that are the same for all.

A tag is a keyed digest of the very bytes that the caller was about to be sent and of the credentials it brought. It
tells nothing that those bytes do not: objects that the caller may not see have no part in it, and what two callers are
served cannot be compared by their tags. It is weak, because the same answer may come compressed.
"""

import re
from collections.abc import Mapping
from hashlib import blake2b

from xxhash import xxh3_64_intdigest, xxh3_128_hexdigest

from comity.gateway.http import Outgoing
from comity.taxii.media_type import TAXII

READ = b"private, no-cache"
NOTHING = b"no-store"
VARIES = b"Authorization, Accept, Accept-Encoding"
"""What an answer of TAXII depends on besides its address."""

_KEPT = frozenset({b"cache-control", b"content-location", b"etag", b"expires", b"vary"})
"""What a 304 repeats of the answer it stands for (RFC 9110, 15.4.5); the server adds the date."""
_TAG = re.compile(rb'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_TAXII = TAXII.encode()
_KEY_BYTES = 8


class Tags:
    """Makes the tags of one service, from a secret that all of its processes share."""

    def __init__(self, secret: bytes) -> None:
        self._key = int.from_bytes(blake2b(secret, digest_size=_KEY_BYTES, person=b"comity etag").digest())

    def tag(self, body: bytes, credentials: bytes) -> bytes:
        """Return the opaque part of the tag of *body* for whoever sent *credentials*."""
        return xxh3_128_hexdigest(body, xxh3_64_intdigest(credentials, self._key)).encode()


def validate(asked: Mapping[bytes, bytes], answer: Outgoing, tags: Tags) -> None:
    """Let the answer to a ``GET`` say what may be kept of it, and be a 304 when the caller has it already."""
    fields = answer.fields
    if answer.status != 200 or fields.get(b"content-type") != _TAXII:
        fields.setdefault(b"cache-control", NOTHING)
        return
    tag = tags.tag(answer.body, asked.get(b"authorization", b""))
    fields[b"etag"] = b'W/"' + tag + b'"'
    fields.setdefault(b"cache-control", READ)
    fields[b"vary"] = VARIES
    if b"if-none-match" in asked and is_known(asked[b"if-none-match"], tag):
        answer.status, answer.body = 304, b""
        answer.fields = {name: value for name, value in fields.items() if name in _KEPT}


def is_known(if_none_match: bytes, tag: bytes) -> bool:
    """Return whether an ``If-None-Match`` header names *tag*, compared weakly, or any by ``*``."""
    return if_none_match.strip() == b"*" or tag in _TAG.findall(if_none_match)
