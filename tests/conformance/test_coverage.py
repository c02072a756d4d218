"""No requirement goes unnoticed: each has a test that bears its number, and the table in the guide counts them."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.conformance.requirements import GROUPS, LEVELS

HERE = Path(__file__).parent
STANDARDS = HERE.parents[1] / "docs" / "guides" / "standards.md"


def names() -> Iterator[str]:
    """Yield the name of every test here that bears a number."""
    for file in HERE.glob("test_?_*.py"):
        for node in ast.parse(file.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield node.name


def number_of(name: str) -> str:
    found = re.match(r"test_([a-z])_(\d\d)_", name)
    assert found, name
    return f"{found[1].upper()}-{found[2]}"


TESTED = {number_of(name) for name in names()}


def test_the_list_is_whole() -> None:
    counts = Counter(LEVELS.values())

    assert len(LEVELS) == 219
    assert counts == {"MUST": 103, "SHOULD": 7, "HTTP": 11, "INTEROP": 31, "DATA": 21, "ROBUST": 36, "CLIENT": 10}
    assert {number[0] for number in LEVELS} == set(GROUPS)


def test_every_requirement_has_a_test() -> None:
    assert sorted(set(LEVELS) - TESTED) == []


def test_every_number_is_that_of_a_requirement() -> None:
    assert sorted(TESTED - set(LEVELS)) == []


def test_the_guide_tells_how_many_are_tested() -> None:
    rows = dict(re.findall(r"^\| ([A-Z]) \| (\d+) \|", STANDARDS.read_text("utf-8"), re.MULTILINE))

    assert rows == {group: str(sum(number[0] == group for number in TESTED)) for group in GROUPS}
