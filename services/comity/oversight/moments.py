"""Times between text and number: RFC 3339 in UTC, and microseconds since 1970."""

from datetime import UTC, datetime, timedelta

from comity.errors import InvalidRequestError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(microseconds: int) -> str:
    """Return a time as editions write it, to the second."""
    return f"{_EPOCH + timedelta(microseconds=microseconds):%Y-%m-%dT%H:%M:%SZ}"


def microseconds(text: str) -> int:
    """Return the time that *text* names: a day, or a time with its offset; a day begins in UTC.

    Raises:
        InvalidRequestError: it names none.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidRequestError(
            f"time is {text[:40]!r}, expected such as 2027-03-01 or 2027-03-01T05:00:00Z"
        ) from error
    if found.tzinfo is None:
        if found.time() != datetime.min.time() or "T" in text or " " in text:
            raise InvalidRequestError(f"time is {text[:40]!r}, expected its offset, such as 2027-03-01T05:00:00Z")
        found = found.replace(tzinfo=UTC)
    return (found - _EPOCH) // timedelta(microseconds=1)
