"""How an observed report differs from the expected one (REPORT: arrays in any order, zero counters may be absent)."""

from collections.abc import Iterable, Mapping
from typing import Any

MISSING = object()
TOLERANCE = 1e-9
DEPENDS_ON_CHOICE = ("complementary", "audit_rounds", "suppressed_value_total", "min_interval_width", "pattern")


def differences(observed: Mapping[str, Any], expected: Mapping[str, Any], keys: Iterable[str]) -> list[str]:
    """Return one line for every difference under *keys*; none when the reports agree."""
    return [line for key in keys for line in _section(key, observed.get(key, MISSING), expected[key])]


def _section(key: str, observed: Any, expected: Any) -> list[str]:
    if observed is MISSING:
        return [f"{key}: missing"]
    if key == "withheld_bloc":
        return _compare(key, _occurring(observed), _occurring(expected))
    if key == "suppression" and _is_as_good(observed, expected):
        keys = expected.keys() - set(DEPENDS_ON_CHOICE)
        return _compare(key, {name: observed.get(name, MISSING) for name in keys}, {k: expected[k] for k in keys})
    return _compare(key, observed, expected)


def _occurring(reasons: Any) -> Any:
    return {reason: entry for reason, entry in reasons.items() if entry.get("pairs") != 0}


def _is_as_good(observed: Any, expected: Any) -> bool:
    """Tell whether another choice of complementary cells protects as well, with no more of them."""
    width, complementary = observed.get("min_interval_width"), observed.get("complementary")
    if not _is_number(width) or not _is_number(complementary):
        return False
    return bool(width >= expected["k"] and complementary <= expected["complementary"])


def _compare(path: str, observed: Any, expected: Any) -> list[str]:
    if observed is MISSING or expected is MISSING:
        return _one_sided(path, observed, expected)
    if isinstance(observed, Mapping) and isinstance(expected, Mapping):
        return _compare_objects(path, observed, expected)
    if isinstance(observed, list | tuple) and isinstance(expected, list | tuple):
        return _compare_arrays(path, observed, expected)
    if _is_number(observed) and _is_number(expected):
        is_same = abs(observed - expected) < TOLERANCE
    else:
        is_same = type(observed) is type(expected) and observed == expected
    return [] if is_same else [f"{path}: {observed!r}, expected {expected!r}"]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_empty_counter(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_empty_counter, value.values()))
    return type(value) is int and value == 0


def _one_sided(path: str, observed: Any, expected: Any) -> list[str]:
    if observed is MISSING:
        return [] if _is_empty_counter(expected) else [f"{path}: missing, expected {expected!r}"]
    return [] if _is_empty_counter(observed) else [f"{path}: {observed!r}, expected nothing"]


def _compare_objects(path: str, observed: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    return [
        line
        for key in sorted(observed.keys() | expected.keys())
        for line in _compare(f"{path}.{key}", observed.get(key, MISSING), expected.get(key, MISSING))
    ]


def _by_object(items: Iterable[Any]) -> dict[str, Any] | None:
    """Return withdrawals by the object they are about, so that two of the same object are compared in depth."""
    entries = list(items)
    if not entries or not all(isinstance(entry, Mapping) and "object" in entry for entry in entries):
        return None
    named = {entry["object"]: entry for entry in entries}
    return named if len(named) == len(entries) else None


def _compare_arrays(path: str, observed: Iterable[Any], expected: Iterable[Any]) -> list[str]:
    seen, due = _by_object(observed), _by_object(expected)
    if seen is not None and due is not None:
        return _compare_objects(path, seen, due)
    extra = list(observed)
    lacking = []
    for item in expected:
        match = next((at for at, other in enumerate(extra) if not _compare(path, other, item)), None)
        if match is None:
            lacking.append(item)
        else:
            del extra[match]
    return [f"{path}: lacks {item!r}" for item in lacking] + [f"{path}: has {item!r}" for item in extra]
