"""Where in its file a rule stands, and where in a rule a word does: Cedar's syntax tree keeps no places."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(r'//[^\n]*|"(?:\\.|[^"\\])*"|[A-Za-z_][A-Za-z0-9_]*|[0-9]+|\s+|.', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """A line and a column, both counted from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


def place_of(text: str, number: int, word: str | None = None) -> Place:
    """Return where the rule *number* of *text*, counted from 0, begins, or where *word* first stands in its body."""
    rules = list(_rules(text))
    writtens = rules[number] if number < len(rules) else []
    opened = False
    for written, start in writtens:
        if word is None:
            return _place(text, start)
        if opened and written == word:
            return _place(text, start)
        opened = opened or written == "{"
    return _place(text, writtens[0][1] if writtens else 0)


def _rules(text: str) -> Iterator[list[tuple[str, int]]]:
    """Yield the words of each rule with their offsets; a rule ends with a semicolon."""
    words: list[tuple[str, int]] = []
    for found in _TOKEN.finditer(text):
        written = found[0]
        if written.isspace() or written.startswith("//"):
            continue
        words.append((written, found.start()))
        if written == ";":
            yield words
            words = []
    if words:
        yield words


def _place(text: str, offset: int) -> Place:
    return Place(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))
