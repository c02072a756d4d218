"""The duties of a member out of its entry in the profile."""

from collections.abc import Mapping
from math import isfinite
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from comity.domain.duty import Duty
from comity.errors import PolicyError

_SAME = "same"
_MOST_DAYS = 3_650


def duties_of(code: str, entries: object, *, place: str, zone: object = None) -> tuple[Duty, ...]:
    """Return the duties of the member *code*; *entries* and *zone* are its profile's ``duties`` and ``tz``.

    A regime that is written ``same``, alone or before a remark, is that of the entry before.

    Raises:
        PolicyError: an entry is unusable; the message names *place* and the value.
    """
    if entries is None:
        return ()
    if not isinstance(entries, list):
        raise PolicyError(f"{place}: duties {entries!r}, expected a list")
    duties: list[Duty] = []
    for entry in entries:
        duties.append(_duty(code, entry, before=duties[-1].regime if duties else "", place=place, zone=zone))
    if len({duty.id for duty in duties}) < len(duties):
        raise PolicyError(f"{place}: duties {[duty.id for duty in duties]!r}, expected each id once")
    return tuple(duties)


def _duty(code: str, entry: object, *, before: str, place: str, zone: object) -> Duty:
    if not isinstance(entry, Mapping):
        raise PolicyError(f"{place}: duty {entry!r}, expected a mapping")
    texts = {name: _text(entry, name, place=place) for name in ("id", "regime", "stage")}
    optional = {name: str(entry.get(name) or "") for name in ("applies_to", "notify")}
    texts["regime"] = _regime(texts["regime"], before)
    days = _days(entry.get("calendar_days"), place=place)
    return Duty(
        member=code,
        deadline_hours=_hours(entry.get("deadline_hours"), place=place),
        calendar_days=days,
        zone="UTC" if days is None else _zone(zone, place=place),
        **texts,
        **optional,
    )


def _regime(text: str, before: str) -> str:
    word, space, remark = text.partition(" ")
    if word != _SAME or not before or (space and not remark.startswith("(")):
        return text
    return before


def _text(entry: Mapping[object, object], name: str, *, place: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value:
        raise PolicyError(f"{place}: duty with {name} {value!r}, expected text")
    return value


def _days(value: object, *, place: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_DAYS:
        raise PolicyError(f"{place}: calendar_days {value!r}, expected 0 to {_MOST_DAYS}")
    return value


def _zone(value: object, *, place: str) -> str:
    try:
        return "UTC" if value is None else ZoneInfo(str(value)).key
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise PolicyError(f"{place}: tz {value!r}, expected a time zone such as 'Etc/UTC'") from error


def _hours(value: object, *, place: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or value < 0:
        raise PolicyError(f"{place}: deadline_hours {value!r}, expected hours from 0 up")
    return float(value)
