"""JSON of outside origin (RFC 8259), read so that no part of it is passed over in silence."""

import re
from typing import TypeVar

import msgspec
from comity.errors import InvalidObjectError

Shape = TypeVar("Shape")
_NAME = re.compile(rb'\s*[{,]\s*("(?:[^"\\]|\\.)*")\s*:\s*')
_END = re.compile(rb"\s*(?:\{\s*)?\}\s*")


def decoded(text: bytes, shape: type[Shape]) -> Shape:
    """Return *text* as a *shape*, with numbers and truth values taken from text too, as some senders write them.

    Raises:
        InvalidObjectError: *text* is no UTF-8, no JSON, nested too deep or of another shape.
    """
    try:
        text.decode()
        return msgspec.json.decode(text, type=shape, strict=False)
    except UnicodeDecodeError as error:
        raise InvalidObjectError(f"not UTF-8 at byte {error.start}") from error
    except msgspec.MsgspecError as error:
        raise InvalidObjectError(f"not the JSON expected: {error}") from error
    except RecursionError as error:
        raise InvalidObjectError("JSON is nested too deep") from error


def members(text: bytes) -> dict[str, bytes]:
    """Return the members of a JSON object, each as it was written.

    A name that stands twice would hide the first of its values (RFC 8259, 4), so it is refused.

    Raises:
        InvalidObjectError: *text* is no JSON object with names that differ.
    """
    found = {name: bytes(raw) for name, raw in decoded(text, dict[str, msgspec.Raw]).items()}
    position = 0
    for raw in found.values():
        name = _NAME.match(text, position)
        if not name or not text.startswith(raw, name.end()):
            raise InvalidObjectError("a name of the JSON object stands twice")
        position = name.end() + len(raw)
    if not _END.fullmatch(text, position):
        raise InvalidObjectError("a name of the JSON object stands twice")
    return found
