"""Label classes: one canonical text for equal labels, as nodes store it and send it to each other."""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from comity.domain.desk import Desk
from comity.domain.label import RELEASE_ALL, Form, Kind, Label, Personal
from comity.domain.purpose import Purpose
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.errors import PolicyError

_MAX_LENGTH = 65_536
_MAX_CHAIN = 4
_REMEMBERED = 4_096
"""Objects are many and labels few, so that the text of a label and the label of a text are remembered."""
_EVERY_MEMBER = "ALL"


@lru_cache(maxsize=_REMEMBERED)
def key(label: Label) -> str:
    """Return the canonical JSON text of *label*: equal labels have equal texts, and ``parse`` gives the label back."""
    return json.dumps(_record(label), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


@lru_cache(maxsize=_REMEMBERED)
def parse(text: str) -> Label:
    """Return the label whose ``key`` is *text*.

    Raises:
        PolicyError: *text* is no canonical label. A field or value that is not known here may restrict what is
            known, so it makes the whole label unusable.
    """
    if len(text) > _MAX_LENGTH:
        raise PolicyError(f"label text of {len(text)} characters, expected at most {_MAX_LENGTH}")
    try:
        text.encode("utf-8")
        label = _label(json.loads(text), depth=1)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise PolicyError(f"unusable label: {type(error).__name__}: {error}") from error
    if key(label) != text:
        raise PolicyError("unusable label: the text is not the canonical one")
    return label


def chain(label: Label) -> tuple[Label, ...]:
    """Return *label* and the labels of the ever richer forms it was made from."""
    labels = [label]
    while (richer := labels[-1].richer) is not None:
        labels.append(richer)
    return tuple(labels)


def _record(label: Label) -> dict[str, object]:
    return {
        "origin": label.origin,
        "tlp": label.tlp.word,
        "tier": label.tier.name,
        "kind": label.kind.value,
        "form": label.form.word,
        "sector": label.sector,
        "personal": label.personal.name.lower(),
        "purposes": sorted(label.purposes),
        "releasable": _release(label.releasable),
        "withheld": sorted(label.withheld),
        "named": sorted(map(str, label.named)),
        "victims": sorted(label.victims),
        "embargo_exempt": None if label.embargo_exempt is None else sorted(label.embargo_exempt),
        "exercise": label.exercise,
        "urgent": label.urgent,
        "approved": label.approved,
        "blocked": label.blocked,
        "richer": None if label.richer is None else _record(label.richer),
    }


def _release(releasable: frozenset[str] | None) -> str | list[str] | None:
    if releasable is None:
        return None
    return _EVERY_MEMBER if releasable == RELEASE_ALL else sorted(releasable)


def _label(record: Any, *, depth: int) -> Label:  # noqa: ANN401  # JSON enters here and is parsed here
    if not isinstance(record, dict):
        raise TypeError(f"{record!r}, expected an object")
    if unknown := sorted(record.keys() - _PARSERS.keys() - {"richer"}):
        raise ValueError(f"unknown field {unknown[0]!r}")
    values = {name: read(record[name]) for name, read in _PARSERS.items()}
    richer = _richer(record["richer"], of=record, depth=depth)
    return Label(**values, richer=richer)


def _richer(record: Any, *, of: Mapping[str, Any], depth: int) -> Label | None:  # noqa: ANN401  # JSON
    if record is None:
        return None
    if depth == _MAX_CHAIN:
        raise ValueError(f"more than {_MAX_CHAIN} forms")
    richer = _label(record, depth=depth + 1)
    if richer.origin != of["origin"]:
        raise ValueError(f"richer form of {richer.origin!r}, expected of {of['origin']!r}")
    if richer.form < _form(of["form"]):
        raise ValueError(f"form {richer.form.word!r} is not richer than {of['form']!r}")
    return richer


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError(f"{value!r}, expected text")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r}, expected true or false")
    return value


def _texts(value: object) -> list[str]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r}, expected a list of texts")
    return [_text(item) for item in value]


def _codes(value: object) -> frozenset[str]:
    codes = frozenset(_texts(value))
    if codes & RELEASE_ALL:
        raise ValueError(f"{value!r}, expected member codes")
    return codes


def _optional_codes(value: object) -> frozenset[str] | None:
    return None if value is None else _codes(value)


def _releasable(value: object) -> frozenset[str] | None:
    return RELEASE_ALL if value == _EVERY_MEMBER else _optional_codes(value)


def _form(value: object) -> Form:
    return Form[_text(value).upper()]


_PARSERS: Mapping[str, Callable[[object], Any]] = {
    "origin": _text,
    "tlp": lambda value: TLP.parse(_text(value)),
    "tier": lambda value: Tier.parse(_text(value)),
    "kind": lambda value: Kind(_text(value)),
    "form": _form,
    "sector": _text,
    "personal": lambda value: Personal[_text(value).upper()],
    "purposes": lambda value: frozenset(map(Purpose, _texts(value))),
    "releasable": _releasable,
    "withheld": _codes,
    "named": lambda value: frozenset(map(Desk.parse, _texts(value))),
    "victims": _codes,
    "embargo_exempt": _optional_codes,
    "exercise": _flag,
    "urgent": _flag,
    "approved": _flag,
    "blocked": _flag,
}
