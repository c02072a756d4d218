"""The language of the search box."""

import pytest
from comity.errors import InvalidRequestError
from comity.portal.query import parse_query
from comity.store.search_conditions import Wanted
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        ("pale lantern", [(None, "pale", False), (None, "lantern", False)]),
        ('"pale lantern"', [(None, "pale lantern", True)]),
        (r'"a \"b\" \\c"', [(None, 'a "b" \\c', True)]),
        ("type:indicator TLP:Green", [("type", "indicator", False), ("tlp", "green", False)]),
        ("tlp:white tier:c2", [("tlp", "clear", False), ("tier", "C2", False)]),
        ('value:"a b"', [("value", "a b", False)]),
        ("value:198.51.100.0/24", [("value", "198.51.100.0/24", False)]),
        ("revoked:TRUE", [("revoked", "yes", False)]),
        ("hxxps://evil[.]example/a:b", [(None, "hxxps://evil[.]example/a:b", False)]),
        ("fe80::1 abcd::1/64", [(None, "fe80::1", False), (None, "abcd::1/64", False)]),
        (r"c:\windows\x.exe", [(None, r"c:\windows\x.exe", False)]),
        ("kind:file:sha256", [("kind", "file:sha256", False)]),
        ("a a", [(None, "a", False)]),
        ("pale-lantern - --x", [(None, "pale-lantern", False), (None, "-", False), (None, "--x", False)]),
    ],
)
def test_a_query_is_read_as_it_is_meant(text: str, terms: list[tuple[str | None, str, bool]]) -> None:
    assert [(term.field, term.value, term.quoted) for term in parse_query(text).terms] == terms


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lantern colour:red", "unknown field 'colour' at character 9, expected one of after, before, kind"),
        ("pale tlp:blue", "at character 10"),
        ("-after:2027-03-01", "-after: at character 1 cannot be left out, expected before: or after:"),
        ("value:ab*", "value is 'ab*', expected at least 3 characters before the *, at character 7"),
        ("pale ab*", "'ab*' at character 6 is too short, expected at least 3 characters before the *"),
        ("type:", "type: at character 1 is without a value, expected a STIX type such as type:indicator"),
        ('say "pale', "the quotation mark at character 5 is not closed"),
        ('""', "nothing stands between the quotation marks at character 1"),
        ("tlp:blue", "unknown TLP label 'blue', expected one of clear, green"),
        ("tier:C9", "unknown tier 'C9'"),
        ("kind:thing", "unknown kind 'thing', expected one of domain"),
        ("type:Indicator!", "type is 'Indicator!', expected a STIX type"),
        ("after:yesterday", "after is 'yesterday', expected YYYY-MM-DD or"),
        ("before:2027-02-30", "before is '2027-02-30', expected"),
        ("revoked:perhaps", "revoked is 'perhaps', expected yes or no"),
        ("a" * 4_001, "query of 4001 characters, expected at most 4000"),
        (" ".join(f"w{number}" for number in range(65)), "query of 65 terms, expected at most 64"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_was_expected(text: str, message: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        parse_query(text)

    assert message in str(refused.value)


def test_a_dash_before_a_term_says_that_nothing_found_may_have_it() -> None:
    criteria = parse_query('-tlp:red -"pale lantern" -member:XA -value:a.example -word tlp:green').criteria()

    assert criteria.tlp == {"green"}
    assert criteria.unwanted == Wanted(
        tlp=frozenset({"red"}),
        member=frozenset({"XA"}),
        value=("a.example",),
        words=("word",),
        text=("pale lantern",),
    )


TEXTS = st.text(alphabet=st.sampled_from('abz:"\\-* \t\n.[]/0129é火\u202e'), max_size=60)
PIECES = st.sampled_from(
    ["tlp:", "-", "value:", '"', "a", " ", "\\", "type:indicator", "*", "after:2027-03-01", "http://x"]
)


@given(st.one_of(TEXTS, st.lists(PIECES, max_size=12).map("".join), st.text(max_size=40)))
def test_any_text_is_a_query_that_reads_as_it_is_written_or_is_refused(text: str) -> None:
    try:
        query = parse_query(text)
    except InvalidRequestError:
        return

    query.criteria()
    assert parse_query(str(query)) == query


@pytest.mark.parametrize(
    "text", ["type:indicator tlp:green", '"a \\"b\\" c" word', 'value:"a b"', "hxxp://x.example/?q=1", "member:XA"]
)
def test_a_query_is_written_as_it_was_read(text: str) -> None:
    assert str(parse_query(text)) == text


def test_a_term_is_put_in_and_taken_out_again() -> None:
    query = parse_query("lantern type:indicator")

    assert str(query.toggled("tlp", "green")) == "lantern type:indicator tlp:green"
    assert str(query.toggled("type", "indicator")) == "lantern"


def test_a_query_becomes_criteria() -> None:
    text = 'lantern "pale" value:x tlp:green tlp:red after:2027-03-01 after:2027-03-02T00:00Z before:2027-03-05'

    criteria = parse_query(text).criteria()

    assert (criteria.words, criteria.text, criteria.value) == (("lantern",), ("pale",), ("x",))
    assert criteria.tlp == {"green", "red"}
    assert (criteria.since, criteria.until) == (1_803_945_600_000_000, 1_804_204_800_000_000)
