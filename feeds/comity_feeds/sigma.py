"""Sigma rules, passed through as ``pattern_type`` sigma: YAML documents with a title, a log source and a detection."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime

import yaml
from comity.errors import InvalidObjectError

from comity_feeds.authoring import Context, Rule
from comity_feeds.drafts import Draft, authored
from comity_feeds.options import FeedOptions
from comity_feeds.reading import is_text, unpack
from comity_feeds.record import FeedRecord
from comity_feeds.times import time_or_none

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BETWEEN = re.compile(r"^---[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
_LONGEST = 65_536
_NEEDED = ("title", "logsource", "detection")
_OFF = frozenset({"deprecated", "unsupported"})


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield an indicator for every rule, and an error for every other document.

    Raises:
        InvalidObjectError: the source is no UTF-8.
    """
    settings = FeedOptions.of(options)
    text = unpack(source, settings.limits).decode("utf-8", "surrogateescape")
    if not is_text(text):
        raise InvalidObjectError("not UTF-8")
    return authored(_drafts(text), settings)


def _drafts(text: str) -> Iterator[Draft | FeedRecord]:
    documents = (document for document in _BETWEEN.split(text) if document.strip())
    for number, document in enumerate(documents, 1):
        place = f"rule {number}"
        try:
            yield _draft(place, document)
        except InvalidObjectError as error:
            yield FeedRecord.refused(place, error)


def _draft(place: str, text: str) -> Draft:
    rule = _parsed(text)
    missing = [name for name in _NEEDED if not rule.get(name)]
    if missing:
        raise InvalidObjectError(f"rule has no {missing[0]}")
    tags = rule.get("tags")
    context = Context(
        notes=tuple(filter(None, (_cell(rule, "description"),))),
        first_seen=time_or_none(_cell(rule, "date").replace("/", "-")),
        labels=tuple(dict.fromkeys(str(tag) for tag in tags)) if isinstance(tags, list) else (),
        references=tuple(filter(None, (_cell(rule, "id"),))),
        withdrawn=_cell(rule, "status") in _OFF,
    )
    title = _cell(rule, "title")
    pattern = Rule(key=_cell(rule, "id") or title, name=title, pattern=text.strip(), pattern_type="sigma")
    return Draft(place=place, subject=pattern, context=context)


def _parsed(text: str) -> Mapping[str, object]:
    if len(text) > _LONGEST:
        raise InvalidObjectError(f"rule has {len(text)} characters, expected at most {_LONGEST}")
    try:
        rule = yaml.load(text, Loader=_Loader)  # noqa: S506  # both loaders are safe ones
    except (yaml.YAMLError, ValueError, TypeError, RecursionError, OverflowError, AttributeError) as error:
        raise InvalidObjectError(f"no YAML: {type(error).__name__}") from error
    if not isinstance(rule, dict):
        raise InvalidObjectError("document is no mapping, expected a rule")
    return rule


def _cell(rule: Mapping[str, object], name: str) -> str:
    value = rule.get(name)
    return str(value).strip() if isinstance(value, str | int | float | date | datetime) else ""
