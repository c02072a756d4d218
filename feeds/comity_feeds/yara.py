"""YARA rules, passed through as ``pattern_type`` yara: one indicator a rule, with the imports and rules it needs.

Rules are told apart by their braces, with strings, comments and regular expressions skipped; whether a rule compiles is
for the engine that runs it. A private rule stands only within those that refer to it; a global one within all.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from comity.errors import InvalidObjectError

from comity_feeds.authoring import Context, Rule
from comity_feeds.drafts import Draft, authored
from comity_feeds.options import FeedOptions
from comity_feeds.reading import is_text, unpack
from comity_feeds.record import FeedRecord

_TOKEN = re.compile(
    r'//[^\n]*|/\*|"(?:[^"\\\n]|\\.)*"|(?:=|matches)\s*/(?![*/])(?:[^/\\\n]|\\.)+/|[{}]|[A-Za-z_][A-Za-z0-9_]*|\S',
    re.ASCII,
)
_IMPORT = re.compile(r'import\s*"[^"\n]{1,80}"')
_DESCRIPTION = re.compile(r'\bdescription\s*=\s*"((?:[^"\\\n]|\\.){1,2000})"')
_REFERENCE = re.compile(r'\breference\s*=\s*"(https?://[^"\s]{1,2000})"')
_WORDS = frozenset({"rule", "private", "global"})
_LONGEST = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    name: str
    text: str
    line: int
    words: frozenset[str]
    """The identifiers in it, among them the names of rules that it refers to."""
    is_private: bool
    is_global: bool


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield an indicator for every rule that is not private, and an error for what is left unfinished or too long.

    Raises:
        InvalidObjectError: the source is no UTF-8, or longer than text may be.
    """
    settings = FeedOptions.of(options)
    body = unpack(source, settings.limits)
    if len(body) > settings.limits.text_bytes:
        raise InvalidObjectError(f"text has {len(body)} bytes, expected at most {settings.limits.text_bytes}")
    text = body.decode("utf-8", "surrogateescape")
    if not is_text(text):
        raise InvalidObjectError("not UTF-8")
    return authored(_drafts(text), settings)


def _drafts(text: str) -> Iterator[Draft | FeedRecord]:
    found = list(_rules(text))
    rules = {each.name: each for each in found if isinstance(each, _Found)}
    imports = "\n".join(dict.fromkeys(_IMPORT.findall(text)))
    for each in found:
        if isinstance(each, FeedRecord):
            yield each
        elif not each.is_private:
            yield _draft(each, rules, imports)


def _draft(rule: _Found, rules: Mapping[str, _Found], imports: str) -> Draft | FeedRecord:
    place = f"rule {rule.name}"
    needed = _needed(rule, rules)
    pattern = "\n\n".join(filter(None, (imports, *(each.text for each in needed), rule.text)))
    if len(pattern) > _LONGEST:
        return FeedRecord.refused(place, f"rule has {len(pattern)} characters, expected at most {_LONGEST}")
    description, reference = _DESCRIPTION.search(rule.text), _REFERENCE.search(rule.text)
    context = Context(
        notes=(description[1],) if description else (),
        references=(rule.name,),
        links=(reference[1],) if reference else (),
    )
    subject = Rule(key=rule.name, name=rule.name, pattern=pattern, pattern_type="yara")
    return Draft(place=place, subject=subject, context=context)


def _needed(rule: _Found, rules: Mapping[str, _Found]) -> Sequence[_Found]:
    """Return the other rules without which *rule* says something else, each after those it needs itself."""
    wanted: dict[str, None] = {name: None for name, each in rules.items() if each.is_global and name != rule.name}
    queue = [rule, *(rules[name] for name in wanted)]
    while queue:
        for word in sorted(queue.pop().words & rules.keys() - wanted.keys() - {rule.name}):
            wanted[word] = None
            queue.append(rules[word])
    return sorted((rules[name] for name in wanted), key=lambda each: each.line)


def _rules(text: str) -> Iterator[_Found | FeedRecord]:
    """Yield every rule between its keyword and its last brace, and an error for the one that never ends."""
    place, start, depth = 0, -1, 0
    words: list[str] = []
    while token := _TOKEN.search(text, place):
        place, word = token.end(), token.group()
        if word == "/*":
            end = text.find("*/", place)
            place = len(text) if end < 0 else end + 2
            continue
        if start < 0:
            if word not in _WORDS:
                continue
            start, depth, words = token.start(), 0, []
        words.append(word)
        depth += (word == "{") - (word == "}")
        if word == "}" and depth <= 0:
            yield _found(text, start, place, words)
            start = -1
    if start >= 0:
        yield FeedRecord.refused(f"line {text.count(chr(10), 0, start) + 1}", "a rule begins here and never ends")


def _found(text: str, start: int, end: int, words: Sequence[str]) -> _Found | FeedRecord:
    line = text.count("\n", 0, start) + 1
    at = words.index("rule") if "rule" in words else -1
    if at < 0 or not words[at + 1].isidentifier() or "condition" not in words:
        return FeedRecord.refused(f"line {line}", "no rule with a name and a condition")
    return _Found(
        name=words[at + 1],
        text=text[start:end],
        line=line,
        words=frozenset(words[at + 2 :]),
        is_private="private" in words[:at],
        is_global="global" in words[:at],
    )
