"""Answers made smaller where that is asked for: zstd (RFC 8878) and gzip (RFC 1952), chosen by RFC 9110, 12.5.3.

The size of a compressed answer tells how much of it repeats itself. Whoever can make a browser ask for a page that
holds a secret, and can choose a part of that page, finds the secret out letter by letter from the sizes that cross the
network (BREACH). A browser lends its login by its cookies, so an answer is compressed only where it cannot be of that
kind:

- it is public and the same for everybody (``Cache-Control: public``), or
- the request brought no cookie and the answer sets none. What clients of TAXII fetch is of this kind: they
  authenticate with a header that no foreign page can make a browser send, and pages of objects do not repeat what the
  request said.

So the pages of a logged-in desk, which hold the token of its forms beside the text of its search, are never
compressed, in no format. What is left is accepted: who can write objects into a page that somebody else fetches, and
at the same time sees the size of it on the network, may learn whether a guess at the rest of that page was right.
``compression = false`` is for networks where that is too much.

Both codings run at their fastest level that still packs well; ``tests/bench/front_costs.py`` measures it.
"""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import zstandard
from isal import isal_zlib

from comity.gateway.http import Outgoing, UnreadableError

SMALLEST = 1_024
"""Bodies below this many bytes are sent as they are: they fit into one packet either way."""

LARGE = 1 << 16
"""Bodies from this many bytes take long enough to pack that it is done beside the event loop."""

_LONGEST = 1_000
"""A longer list of codings is not read."""
_GZIP_WINDOW = 31
_GZIP_LEVEL = 1
_ZSTD_LEVEL = 1
_TYPES = re.compile(
    rb"(?:application/(?:taxii\+|stix\+)?json|text/(?:html|css|csv|javascript|plain)|image/svg\+xml)(?:;|$)"
)
_ELEMENT = re.compile(
    r"[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*(?:;[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)[ \t]*)?"
)
_ALIASES = {"x-gzip": "gzip"}
_local = threading.local()


@dataclass(frozen=True, slots=True)
class Choice:
    """What a client takes: the coding it likes best, if it is not to be sent the plain bytes, and whether those do."""

    coding: str | None
    plain: bool


ANYTHING = Choice(None, plain=True)
"""What is taken to be wanted by a client that does not say."""


@lru_cache(maxsize=256)
def choose(accept_encoding: str | None) -> Choice:
    """Return what an ``Accept-Encoding`` header asks for; an element that is not well formed asks for nothing.

    Of codings that are liked equally, zstd comes before gzip and gzip before the plain bytes. ``*`` stands for gzip
    only: a client that knows zstd says so.
    """
    if accept_encoding is None:
        return ANYTHING
    weights: dict[str, float] = {}
    for element in accept_encoding.split(","):
        found = _ELEMENT.fullmatch(element)
        if found:
            name = found[1].lower()
            weights[_ALIASES.get(name, name)] = float(found[2] or 1)
    others = weights.get("*")
    plain = weights.get("identity", others)
    gzip, zstd = weights.get("gzip", others or 0.0), weights.get("zstd", 0.0)
    best = max(gzip, zstd)
    if best == 0 or (plain is not None and best < weights.get("identity", 0.0)):
        return Choice(None, plain=plain != 0)
    return Choice("zstd" if zstd == best else "gzip", plain=plain != 0)


def coding_of(asked: Mapping[bytes, bytes], answer: Outgoing, *, is_get: bool) -> str | None:
    """Return the coding that an answer is to be sent in, if any, and let the answer say what it depends on.

    Raises:
        UnreadableError: the client takes the bytes neither as they are nor in a coding that may be used (RFC 9110,
            12.5.3). That is said of reads that succeed only: whatever else there is to say is said plainly.
    """
    wanted = asked.get(b"accept-encoding")
    if wanted is None and answer.fields.get(b"vary") is not None:
        return None
    choice = choose(wanted.decode("latin-1")) if wanted is not None and len(wanted) <= _LONGEST else ANYTHING
    coding = choice.coding if _may_pack(asked, answer) else None
    if coding and (len(answer.body) >= SMALLEST or not choice.plain):
        return coding
    if is_get and not choice.plain and answer.status == 200:
        raise UnreadableError(406, "no coding of the answer is acceptable, expected gzip, zstd or identity")
    return None


def pack(body: bytes, coding: str) -> bytes:
    """Return *body* in the coding that was chosen."""
    if coding == "zstd":
        return _zstd().compress(body)
    return isal_zlib.compress(body, _GZIP_LEVEL, _GZIP_WINDOW)


def _may_pack(asked: Mapping[bytes, bytes], answer: Outgoing) -> bool:
    """Return whether an answer may be compressed at all; if so, it depends on what the client takes."""
    fields = answer.fields
    cache = fields.get(b"cache-control", b"")
    if b"content-encoding" in fields or b"no-transform" in cache or not _TYPES.match(fields.get(b"content-type", b"")):
        return False
    if not (cache.startswith(b"public") or (b"cookie" not in asked and b"set-cookie" not in fields)):
        return False
    if b"vary" not in fields:
        fields[b"vary"] = b"Accept-Encoding"
    return True


def _zstd() -> zstandard.ZstdCompressor:
    """Return the compressor of this thread: one cannot be used by two at once."""
    found: zstandard.ZstdCompressor | None = getattr(_local, "zstd", None)
    if found is None:
        found = _local.zstd = zstandard.ZstdCompressor(level=_ZSTD_LEVEL)
    return found
