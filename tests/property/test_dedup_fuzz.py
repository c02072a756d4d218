"""No text from outside makes the parsers of values and patterns raise anything but their own refusal."""

from contextlib import suppress

from comity.dedup.canonical import KINDS, observable_of
from comity.dedup.fingerprint import fingerprint_of_pattern
from comity.dedup.patterns import check_pattern, observable_in
from comity.errors import InvalidObjectError
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stix2patterns.v21.pattern import ParseException, Pattern

ANY = st.text(st.characters(exclude_categories=()), max_size=40)
VALUES = ANY | st.lists(
    st.sampled_from(
        [
            "http://",
            "hxxp",
            "[.]",
            "a",
            ".",
            "..",
            "/",
            "@",
            ":",
            "[",
            "]",
            "::",
            "1",
            "255",
            "xn--",
            "\u00fc",
            "#",
            "?",
        ]
    ),
    max_size=12,
).map("".join)
WORDS = st.sampled_from(
    [
        *("[", "]", "(", ")", ",", ":", ".", "*", "=", "==", "!=", "<>", "<", ">=", "+", "-", "/", "^", ";", '"a"'),
        *("AND", "OR", "NOT", "FOLLOWEDBY", "LIKE", "MATCHES", "ISSUBSET", "EXISTS", "LAST", "IN", "START", "STOP"),
        *(
            "SECONDS",
            "true",
            "WITHIN",
            "REPEATS",
            "TIMES",
            "a",
            "b-c",
            "'a'",
            "''",
            "'a-b'",
            "'\\\\'",
            "'\\''",
            "'\\a'",
        ),
        *(
            "1",
            "-1",
            "+2",
            "01",
            "1.5",
            ".5",
            "-.5",
            "h'0a'",
            "h'0'",
            "b'AAAA'",
            "b'AA=='",
            "b''",
            "//",
            "/**/",
            "\u00a0",
        ),
        *("t'2020-01-01T00:00:00Z'", "t'2020-01-32T00:00:00Z'", "[a:b=1]", "a:b[0].c", "file:hashes.'SHA-1'", "\u200b"),
    ]
)
SENTENCES = st.lists(WORDS, max_size=14).flatmap(
    lambda words: st.sampled_from(
        [" ".join(words), "".join(words), f"[a:b = 1 {' '.join(words)}]", f"[a:b = 1] {' '.join(words)}"]
    )
)


def is_parsed(pattern: str) -> bool:
    """Return whether the OASIS parser takes *pattern*."""
    try:
        Pattern(pattern)
    except ParseException:
        return False
    return True


def is_accepted(pattern: str) -> bool:
    """Return whether we take *pattern*, but for qualifiers that stand twice, which the OASIS grammar lets pass."""
    try:
        check_pattern(pattern)
    except InvalidObjectError as error:
        return "expected another qualifier" in str(error)
    return True


@settings(max_examples=500)
@given(st.sampled_from(sorted(KINDS)), VALUES)
def test_a_value_is_understood_or_refused(kind: str, raw: str) -> None:
    with suppress(InvalidObjectError):
        observable_of(kind, raw)


@settings(max_examples=500)
@given(ANY | SENTENCES)
def test_a_pattern_is_understood_or_refused(pattern: str) -> None:
    observable_in(pattern)
    with suppress(InvalidObjectError):
        check_pattern(pattern)
        fingerprint_of_pattern(pattern)


@settings(max_examples=300, deadline=None)
@given(SENTENCES)
@example("[a:b = 1]")
@example("[a:'b' = 'c' OR a:true = 1]")
@example("[a:b = b'']")
@example("[a:b.1 = 1]")
@example("[a:b[-1] = 1]")
@example("[a:b[1.5] = 1]")
@example("[a:LAST = 1]")
@example("[a-:b = 1]")
@example("[a:b = 1] REPEATS 0 TIMES")
@example("[a:b = 1] WITHIN -1 SECONDS")
@example("[a:b NOT NOT = 1]")
@example("[NOT (a:b = 1)]")
@example("[a:b IN (true, 1)]")
@example("[a:b < true]")
@example("[a:b = t'2020-01-01T00:00:60Z']")
@example("[a:b = t'2020-01-01T00:00:00.Z']")
@example("[a:b = 'c'] // note")
@example("[a:b = 'c' /* /* */ ]")
@example("[a:b = 1.]")
@example("[a:b = 1.5.5]")
def test_what_the_oasis_parser_takes_is_what_we_take(pattern: str) -> None:
    assert is_accepted(pattern) == is_parsed(pattern)
