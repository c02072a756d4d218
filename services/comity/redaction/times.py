"""STIX timestamps made coarser, so that two forms of one object cannot be linked by them."""

from datetime import date, datetime, timedelta

_MIDNIGHT = "T00:00:00.000Z"
_LENGTH_OF_DAY = 10
_LENGTH_OF_MONTH = 7


def day_of(timestamp: str) -> str:
    """Return the start of the day of *timestamp*."""
    return timestamp[:_LENGTH_OF_DAY] + _MIDNIGHT


def month_of(timestamp: str) -> str:
    """Return the start of the month of *timestamp*."""
    return f"{timestamp[:_LENGTH_OF_MONTH]}-01{_MIDNIGHT}"


def end_of_day(timestamp: str) -> str:
    """Return the first start of a day that is not before *timestamp*, or the last second there is."""
    if not timestamp[_LENGTH_OF_DAY:].strip("T0:.Z"):
        return day_of(timestamp)
    day = date.fromisoformat(timestamp[:_LENGTH_OF_DAY])
    if day == date.max:
        return f"{day}T23:59:59.999Z"
    return f"{day + timedelta(days=1)}{_MIDNIGHT}"


def just_after(timestamp: str) -> str:
    """Return the next millisecond, for a version that must follow that of *timestamp*."""
    moment = datetime.fromisoformat(timestamp) + timedelta(milliseconds=1)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
