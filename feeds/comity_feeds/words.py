"""Words that sources list in one cell, and the words of their confidence."""

from comity.errors import InvalidObjectError

_ABSENT = frozenset({"", "none", "null", "n/a", "unknown"})
_LONGEST = 200


def listed_words(*texts: str) -> tuple[str, ...]:
    """Return the words that stand between commas, each once; what only says that there is none is left out."""
    words = (word.strip()[:_LONGEST] for text in texts for word in text.split(","))
    return tuple(dict.fromkeys(word for word in words if word.lower() not in _ABSENT))


def percent(text: str, *, scale: int = 1) -> int | None:
    """Return *text*, a number that times *scale* is from 0 to 100, as STIX confidence; ``None`` where it is empty.

    Raises:
        InvalidObjectError: it is no such number.
    """
    if not text:
        return None
    try:
        number = float(text) * scale
    except ValueError:
        number = -1.0
    if not 0 <= number <= 100:
        raise InvalidObjectError(f"confidence is {text[:40]!r}, expected a number from 0 to {100 // scale}")
    return round(number)
