"""STIX patterns for observables, and the observables that patterns state."""

from comity.dedup.canonical import Observable
from comity.dedup.pattern_literals import quoted
from comity.dedup.pattern_normal import normal_form
from comity.dedup.pattern_observables import FILE_DIRECTORY, FILE_NAME, PATHS, parts_of_path
from comity.dedup.pattern_parser import parse
from comity.dedup.pattern_shortcuts import plain_comparisons, plain_value
from comity.dedup.pattern_tokens import check_text, tokens_of
from comity.errors import InvalidObjectError


def pattern_for(observable: Observable) -> str:
    """Return the STIX pattern that states *observable*.

    Raises:
        InvalidObjectError: it is a vulnerability, which no cyber-observable object is about.
    """
    if observable.kind == "file:path":
        return _path_pattern(observable.value)
    path = PATHS.get(observable.kind)
    if path is None:
        raise InvalidObjectError(f"observable is {str(observable)[:80]!r}, expected one that STIX has patterns for")
    return f"[{path} = {quoted(observable.value)}]"


def observable_in(pattern: str) -> Observable | None:
    """Return the observable that *pattern* states and says nothing besides, or none when there is no such thing."""
    try:
        plain = plain_value(pattern)
        return Observable(kind=plain[0], value=plain[1]) if plain else normal_form(pattern).observable
    except InvalidObjectError:
        return None


def check_pattern(text: str) -> None:
    """Return if *text* is a STIX 2.1 pattern of at most 65,536 characters, 6,000 words and 50 nested parentheses.

    Raises:
        InvalidObjectError: it is not; the message says where and why.
    """
    check_text(text)
    if not plain_comparisons(text):
        parse(tokens_of(text))


def _path_pattern(path: str) -> str:
    directory, name = parts_of_path(path)
    if directory is None:
        return f"[{FILE_NAME} = {quoted(name)}]"
    return f"[{FILE_DIRECTORY} = {quoted(directory)} AND {FILE_NAME} = {quoted(name)}]"
