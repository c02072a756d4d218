import pytest
from comity.errors import InvalidRequestError
from comity.taxii.filters import (
    EVERYTHING,
    OBJECT_FIELDS,
    OBJECTS_FIELDS,
    VERSIONS_FIELDS,
    AllVersions,
    ChosenVersions,
    LatestVersion,
    Query,
    Versions,
    parse_query,
)
from comity.taxii.timestamps import instant, parse_added_after

WHEN = "2024-01-02T03:04:05.123Z"


def parse(raw: str | bytes, fields: frozenset[str] = OBJECTS_FIELDS) -> Query:
    return parse_query(raw.encode() if isinstance(raw, str) else raw, page_limit=100, fields=fields)


@pytest.mark.parametrize("raw", ["", "&", "=", "limits=0", "match[pattern]=x", "match[]=x", "match=", "x&x&x"])
def test_a_query_without_known_parameters_asks_for_everything(raw: str) -> None:
    assert parse(raw) == EVERYTHING


def test_every_known_parameter_is_read() -> None:
    query = parse(
        f"added_after={WHEN}&limit=5&next=abc&match[id]=a,b&match[type]=tool&match[version]=all&match[spec_version]=2.1"
    )

    assert query == Query(
        added_after=parse_added_after(WHEN),
        limit=5,
        next="abc",
        ids=frozenset({"a", "b"}),
        types=frozenset({"tool"}),
        versions=AllVersions(),
        spec_versions=frozenset({"2.1"}),
    )


@pytest.mark.parametrize("raw", ["match%5Btype%5D=a%2Cb", "match%5btype]=a,b", "%6Datch[type]=%61,b"])
def test_percent_encoding_changes_nothing(raw: str) -> None:
    assert parse(raw).types == frozenset({"a", "b"})


def test_a_plus_in_an_offset_may_arrive_as_a_blank() -> None:
    assert parse("added_after=2024-01-02T03:04:05+00:00") == parse("added_after=2024-01-02T03:04:05%2B00:00")


@pytest.mark.parametrize(
    "name", ["added_after", "limit", "next", "match[id]", "match[type]", "match[version]", "match[spec_version]"]
)
def test_a_repeated_parameter_is_refused(name: str) -> None:
    value = {"added_after": WHEN, "limit": "5", "match[version]": "last"}.get(name, "x")

    with pytest.raises(InvalidRequestError, match="more than once"):
        parse(f"{name}={value}&{name}={value}")


def test_a_parameter_repeated_in_two_spellings_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="more than once"):
        parse("match[type]=tool&match%5Btype%5D=tool")


@pytest.mark.parametrize("name", ["added_after", "limit", "next", "match[id]", "match[type]", "match[version]"])
def test_an_empty_value_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequestError, match="empty"):
        parse(f"{name}=")


@pytest.mark.parametrize("text", ["0", "00", "-1", "1.5", "1e3", "five", "%205", "+5", "٥", "0x10", "1,2", "5%20"])
def test_a_limit_that_is_no_positive_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="limit"):
        parse(f"limit={text}")


@pytest.mark.parametrize(
    ("text", "expected"), [("1", 1), ("007", 7), ("100", 100), ("101", 100), ("5000", 100), ("9" * 5000, 100)]
)
def test_a_limit_above_the_page_is_the_page(text: str, expected: int) -> None:
    assert parse(f"limit={text}").limit == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("last", LatestVersion()),
        ("first", ChosenVersions(first=True)),
        ("all", AllVersions()),
        ("first,last", ChosenVersions(first=True, last=True)),
        (WHEN, ChosenVersions(instants=frozenset({instant(WHEN)}))),
        (f"first,{WHEN},last", ChosenVersions(first=True, last=True, instants=frozenset({instant(WHEN)}))),
        ("2020-01-01T00:00:00Z,2020-01-01T00:00:00.000Z", ChosenVersions(instants=frozenset({637134336000000000}))),
    ],
)
def test_versions_are_named_by_keyword_and_instant(text: str, expected: Versions) -> None:
    assert parse(f"match[version]={text}").versions == expected


@pytest.mark.parametrize(
    "text",
    [
        "newest",
        "FIRST",
        "first,",
        ",",
        "first, last",
        "2020",
        "all,first",
        "all,all",
        "first,first",
        f"{WHEN},{WHEN}",
        "2020-13-01T00:00:00Z",
    ],
)
def test_a_version_that_is_neither_keyword_nor_timestamp_or_comes_twice_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError):
        parse(f"match[version]={text}")


def test_values_are_exact() -> None:
    assert parse("match[id]=Tool--%2A,%20tool--a").ids == frozenset({"Tool--*", " tool--a"})


@pytest.mark.parametrize("raw", [b"match[id]=%zz", b"match[id]=%", b"x=%4", b"match[id]=%FF", b"match[id]=\xff\xfe"])
def test_a_garbled_query_string_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidRequestError):
        parse(raw)


@pytest.mark.parametrize("raw", [b"match[id]=a%00b", b"match[id]=a\0b", b"x%00=1"])
def test_a_nul_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidRequestError, match="NUL"):
        parse(raw)


@pytest.mark.parametrize("raw", ["match[type]=tool&match[id]=tool--a", "match[id]=&match[id]="])
def test_a_field_that_the_endpoint_does_not_have_is_ignored(raw: str) -> None:
    assert parse(raw, OBJECT_FIELDS) == EVERYTHING


def test_the_versions_endpoint_has_no_version_field() -> None:
    assert parse("match[version]=nonsense&match[spec_version]=2.1", VERSIONS_FIELDS).spec_versions == frozenset({"2.1"})


def test_a_thousand_values_are_taken() -> None:
    values = ",".join(map(str, range(1000)))

    assert len(parse(f"match[id]={values}").ids or ()) == 1000


def test_more_than_a_thousand_values_are_refused() -> None:
    values = ",".join(map(str, range(1001)))

    with pytest.raises(InvalidRequestError, match="at most 1000"):
        parse(f"match[id]={values}")
