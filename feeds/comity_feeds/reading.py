"""The bytes of a source as text and lines, within limits."""

import re
import zlib
from collections.abc import Iterator

from comity.errors import InvalidObjectError

from comity_feeds.options import Limits

_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31
_BOM = b"\xef\xbb\xbf"
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_NOT_UTF8 = re.compile("[\ud800-\udfff]")


def unpack(source: bytes, limits: Limits) -> bytes:
    """Return *source*, unpacked when it is gzip, without a byte order mark.

    Raises:
        InvalidObjectError: the source is larger than the limits, packed or unpacked, or is broken gzip, or UTF-16.
    """
    if len(source) > limits.source_bytes:
        raise InvalidObjectError(f"source has {len(source)} bytes, expected at most {limits.source_bytes}")
    body = _gunzip(source, limits.unpacked_bytes) if source.startswith(_GZIP) else source
    if len(body) > limits.unpacked_bytes:
        raise InvalidObjectError(f"source has {len(body)} bytes, expected at most {limits.unpacked_bytes}")
    if body.startswith(_WIDE_BOMS):
        raise InvalidObjectError("source is UTF-16, expected UTF-8")
    return body.removeprefix(_BOM)


def _gunzip(source: bytes, most: int) -> bytes:
    """Unpack every member of a gzip file, and stop at the first byte above *most*."""
    parts: list[bytes] = []
    size, rest = 0, source
    while rest.startswith(_GZIP):
        member = zlib.decompressobj(_GZIP_WINDOW)
        try:
            parts.append(member.decompress(rest, most - size + 1))
        except zlib.error as error:
            raise InvalidObjectError(f"source is broken gzip: {error}") from error
        size += len(parts[-1])
        if size > most:
            raise InvalidObjectError(f"source unpacks to more than {most} bytes")
        if not member.eof:
            raise InvalidObjectError("source is gzip that ends too early")
        rest = member.unused_data
    if rest.strip(b"\0"):
        raise InvalidObjectError("source is gzip with something else behind it")
    return b"".join(parts)


def lines(body: bytes) -> Iterator[str]:
    """Yield every line with its ending; only CR, LF and CRLF end one, as no other character does in the formats read.

    A byte that is no UTF-8 becomes a lone surrogate, so that ``is_text`` tells which line it spoils.
    """
    text = body.decode("utf-8", "surrogateescape")
    for found in _LINE.finditer(text):
        if found.group():
            yield found.group()


def is_text(text: str) -> bool:
    """Return whether *text* came from UTF-8."""
    return text.isascii() or not _NOT_UTF8.search(text)
