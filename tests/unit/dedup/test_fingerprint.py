"""What has one fingerprint, and what never has."""

import hmac

import pytest
from comity.dedup.canonical import observable_of
from comity.dedup.fingerprint import TABLES, VERSION, fingerprint_of, fingerprint_of_pattern, keyed
from comity.errors import InvalidObjectError

MD5, SHA1 = "a" * 32, "b" * 40
T0, T1 = "t'2020-01-01T00:00:00Z'", "t'2020-01-02T00:00:00Z'"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("[domain-name:value = 'A.example.']", "[domain-name:value='a.example']"),
        ("[ipv4-addr:value = '198.51.100.7/32']", "[ipv4-addr:value = '198.51.100.7']"),
        ("[mutex:name = 'a']", "[ mutex:'name' == 'a' ]"),
        ("[mutex:name != 'a']", "[mutex:name NOT = 'a']"),
        ("[mutex:name NOT IN ('a')]", "[mutex:name <> 'a']"),
        ("[mutex:name NOT IN ('a', 'b')]", "[mutex:name NOT IN ('b', 'a', 'b')]"),
        ("[mutex:name IN ('a', 'b')]", "[mutex:name = 'b' OR mutex:name = 'a']"),
        ("[mutex:name IN ('a', 'b')]", "[mutex:name = 'b'] OR [mutex:name = 'a']"),
        ("[mutex:name LIKE 'a']", "[mutex:name = 'a']"),
        ("[mutex:name NOT LIKE 'a']", "[mutex:name != 'a']"),
        ("[a:b = 1]", "[a:b = +1.0]"),
        ("[a:b = 0]", "[a:b = -0.0]"),
        ("[a:b = 0.5]", "[a:b = .50]"),
        ("[a:b = t'2020-01-01T00:00:00.500Z']", "[a:b = t'2020-01-01T00:00:00.5Z']"),
        ("[a:b = t'2020-01-01T00:00:00.000Z']", "[a:b = t'2020-01-01T00:00:00Z']"),
        ("[a:b = h'AB']", "[a:b = h'ab']"),
        ("[a:b = b'AA==']", "[a:b = b'AB==']"),
        ("[a:b[+1] = 1]", "[a:b[1] = 1]"),
        (f"[file:hashes.md5 = '{MD5.upper()}' AND a:b = 1]", f"[a:b = 1 AND file:hashes.'MD5' = '{MD5}']"),
        ("[a:b = 1 AND domain-name:value = 'A.example']", "[domain-name:value = 'a.example' AND a:b = 1]"),
        ("[ipv6-addr:value ISSUBSET '2001:DB8::/32']", "[ipv6-addr:value ISSUBSET '2001:db8::/32']"),
        ("[a:b = 1 OR (a:b = 1 AND a:c = 2)]", "[a:b = 1]"),
        ("[a:b = 1 AND (a:b = 1 OR a:c = 2)]", "[a:b = 1]"),
        ("[a:b = 1 AND (a:c = 2 OR a:d = 3)]", "[(a:d = 3 AND a:b = 1) OR (a:c = 2 AND a:b = 1)]"),
        ("[(a:a = 1 OR a:b = 1) AND (a:a = 1 OR a:c = 1)]", "[a:a = 1 OR (a:b = 1 AND a:c = 1)]"),
        ("[a:b = 1 AND a:b = 1]", "[a:b = 1]"),
        ("[a:b = 1 OR a:c = 1]", "[a:c = 1] OR [a:b = 1]"),
        ("[a:b = 1] OR [a:b = 1 AND a:c = 1]", "[a:b = 1]"),
        ("[a:b = 1] OR [a:b = 1]", "[a:b = 1]"),
        ("[a:b = 1] AND [a:c = 1]", "[a:c = 1] AND [a:b = 1]"),
        ("[a:b = 1] AND ([a:c = 1] AND [a:d = 1])", "([a:d = 1] AND [a:b = 1]) AND [a:c = 1]"),
        ("[a:b = 1] AND [a:b = 1]", "[a:b = 1] REPEATS 2 TIMES"),
        ("([a:b = 1] AND [a:c = 1]) REPEATS 2 TIMES", "[a:b = 1] REPEATS 2 TIMES AND [a:c = 1] REPEATS 2 TIMES"),
        ("[a:b = 1] REPEATS 1 TIMES", "[a:b = 1]"),
        (
            "([a:b = 1] OR [a:c = 1]) REPEATS 2 TIMES",
            "[a:b = 1] AND [a:b = 1] OR [a:b = 1] AND [a:c = 1] OR [a:c = 1] AND [a:c = 1]",
        ),
        (
            "[a:b = 1] FOLLOWEDBY ([a:c = 1] FOLLOWEDBY [a:d = 1])",
            "([a:b = 1] FOLLOWEDBY [a:c = 1]) FOLLOWEDBY [a:d = 1]",
        ),
        (
            "[a:b = 1 OR a:c = 1] FOLLOWEDBY [a:d = 1]",
            "([a:c = 1] FOLLOWEDBY [a:d = 1]) OR ([a:b = 1] FOLLOWEDBY [a:d = 1])",
        ),
        ("([a:b = 1] AND [a:c = 1]) FOLLOWEDBY [a:d = 1]", "([a:c = 1] AND [a:b = 1]) FOLLOWEDBY [a:d = 1]"),
        ("[a:a = 1 AND a:b = 1 OR a:b = 1 AND a:a = 1 AND a:c = 1]", "[a:b = 1 AND a:a = 1]"),
        ("[a:b = 1 OR a:c = 1] WITHIN 5.0 SECONDS", "[a:c = 1] WITHIN 5 SECONDS OR [a:b = 1] WITHIN 5 SECONDS"),
        (f"[a:b = 1] START {T0} STOP {T1}", f"([a:b = 1]) START t'2020-01-01T00:00:00.0Z' STOP {T1}"),
    ],
)
def test_two_spellings_of_one_pattern_have_one_fingerprint(first: str, second: str) -> None:
    assert fingerprint_of_pattern(first) == fingerprint_of_pattern(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("[ipv4-addr:value = '010.0.0.1']", "[ipv4-addr:value = '8.0.0.1']"),
        ("[ipv4-addr:value = '1.2']", "[ipv4-addr:value = '1.0.0.2']"),
        ("[ipv4-addr:value = '16909060']", "[ipv4-addr:value = '1.2.3.4']"),
        ("[ipv4-addr:value = '198.51.100.0/24']", "[ipv4-addr:value ISSUBSET '198.51.100.0/24']"),
        ("[ipv4-addr:value ISSUBSET '198.51.100.0/24']", "[ipv4-addr:value ISSUPERSET '198.51.100.0/24']"),
        ("[domain-name:value = 'a.example']", "[url:value = 'a.example']"),
        ("[url:value = 'http://a.example/']", "[url:value = 'https://a.example/']"),
        ("[url:value = 'http://a.example/a']", "[url:value = 'http://a.example/A']"),
        ("[mutex:name = 'a']", "[mutex:name = 'A']"),
        ("[mutex:name = 'a']", "[mutex:name != 'a']"),
        ("[mutex:name LIKE '\u00e9']", "[mutex:name = '\u00e9']"),
        ("[mutex:name LIKE 'a%']", "[mutex:name = 'a%']"),
        ("[file:name = 'a']", "[file:name = 'A']"),
        ("[file:name = 'a']", "[file:name = ' a']"),
        ("[email-addr:value = 'A@a.example']", "[email-addr:value = 'a@a.example']"),
        ("[network-traffic:src_ref.value = '1.2.3.4']", "[network-traffic:dst_ref.value = '1.2.3.4']"),
        ("[domain-name:value = 'p\u0430per.example']", "[domain-name:value = 'paper.example']"),
        ("[domain-name:value = 'b.a.example']", "[domain-name:value = 'a.example']"),
        ("[a:b = 1]", "[a:b = '1']"),
        ("[a:b = true]", "[a:b = 'true']"),
        ("[a:b = h'00']", "[a:b = b'AA==']"),
        ("[a:b > 1]", "[a:b NOT <= 1]"),
        ("[a:b[*] = 1]", "[a:b[0] = 1]"),
        ("[a:b.c = 1]", "[a:'b.c' = 1]"),
        ("[a:b NOT IN (1, 2)]", "[a:b != 1 AND a:b != 2]"),
        ("[a:b IN ()]", "[a:b NOT IN ()]"),
        ("[EXISTS a:b]", "[NOT EXISTS a:b]"),
        ("[a:b = 1] AND [a:b = 1]", "[a:b = 1]"),
        ("[a:b = 1 AND a:c = 1]", "[a:b = 1] AND [a:c = 1]"),
        ("[a:b = 1] FOLLOWEDBY [a:c = 1]", "[a:c = 1] FOLLOWEDBY [a:b = 1]"),
        ("[a:b = 1] FOLLOWEDBY [a:c = 1]", "[a:c = 1] AND [a:b = 1]"),
        ("([a:b = 1] AND [a:c = 1]) WITHIN 5 SECONDS", "[a:b = 1] WITHIN 5 SECONDS AND [a:c = 1] WITHIN 5 SECONDS"),
        ("[a:b = 1] WITHIN 5 SECONDS", "[a:b = 1] WITHIN 6 SECONDS"),
        ("[a:b = 1] WITHIN 5 SECONDS REPEATS 2 TIMES", "[a:b = 1] REPEATS 2 TIMES WITHIN 5 SECONDS"),
        ("[a:b = 1] REPEATS 0 TIMES", "[a:b = 1]"),
        ("([a:b = 1] FOLLOWEDBY [a:c = 1]) REPEATS 2 TIMES", "[a:b = 1] FOLLOWEDBY [a:c = 1]"),
        (
            "(([a:b = 1] FOLLOWEDBY [a:c = 1]) REPEATS 2 TIMES) FOLLOWEDBY [a:d = 1]",
            "[a:b = 1] FOLLOWEDBY [a:c = 1] FOLLOWEDBY [a:d = 1]",
        ),
        (f"[a:b = 1] START {T0} STOP {T1}", "[a:b = 1]"),
    ],
)
def test_what_says_something_else_has_another_fingerprint(first: str, second: str) -> None:
    assert fingerprint_of_pattern(first) != fingerprint_of_pattern(second)


@pytest.mark.parametrize(
    ("kind", "raw", "pattern"),
    [
        ("domain", "a.example", "[domain-name:value = 'A.EXAMPLE']"),
        ("file:md5", MD5, f"[file:hashes.'md5' IN ('{MD5}')]"),
        ("file:path", "/a/b", "[file:name = 'b' AND file:parent_directory_ref.path = '/a']"),
    ],
)
def test_a_pattern_that_states_an_observable_has_its_fingerprint(kind: str, raw: str, pattern: str) -> None:
    assert fingerprint_of_pattern(pattern) == fingerprint_of(observable_of(kind, raw))


def test_the_kind_is_part_of_the_fingerprint() -> None:
    domain, path = observable_of("domain", "a.example"), observable_of("file:path", "a.example")

    assert fingerprint_of(domain) != fingerprint_of(path)


def test_a_fingerprint_never_changes_within_a_version() -> None:
    assert (VERSION, fingerprint_of(observable_of("domain", "a.example")).hex()) == (
        1,
        "ce9b2854ead8375191657ae90442700e",
    )


MANY = " OR ".join(f"a:b = {number}" for number in range(300))
WIDE = " AND ".join(f"(a:b{number} = 1 OR a:c{number} = 1)" for number in range(12))
PAIRS = " OR ".join(f"(a:b = {number} AND a:c = 1)" for number in range(260))
STEEP = " AND ".join(f"([a:b{number} = 1] OR [a:c{number} = 1])" for number in range(12))
LADDER = " FOLLOWEDBY ".join(f"[a:b{number} = 1 OR a:c{number} = 1]" for number in range(12))
OFTEN = "([a:b = 1] OR [a:c = 1]) REPEATS 256 TIMES"
LONG = " OR ".join(f"a:b LIKE '{number:0500}%'" for number in range(20))


@pytest.mark.parametrize(
    "pattern",
    [f"[{MANY}]", f"[{WIDE}]", f"[{PAIRS}]", STEEP, LADDER, OFTEN, f"[{LONG}]"],
    ids=["many", "wide", "pairs", "steep", "ladder", "often", "long"],
)
def test_beyond_the_limits_only_white_space_makes_no_difference(pattern: str) -> None:
    longer = pattern.replace(" OR ", "\n OR  ")
    other = f"({pattern})"

    assert fingerprint_of_pattern(longer) == fingerprint_of_pattern(pattern) != fingerprint_of_pattern(other)


@pytest.mark.parametrize(
    "pattern", ["", "[a:b]", "[a:'b' = 'c'", "[a:AND = 'c']", "[a:b = '\ud800']", "[a:b > '\ud800']"]
)
def test_what_is_no_pattern_has_no_fingerprint(pattern: str) -> None:
    with pytest.raises(InvalidObjectError):
        fingerprint_of_pattern(pattern)


def test_a_keyed_fingerprint_is_an_hmac_cut_short() -> None:
    key, fingerprint = b"k" * 32, b"f" * 16

    assert keyed(fingerprint, key) == hmac.digest(key, fingerprint, "sha256")[:16]


def test_a_key_too_short_to_keep_a_secret_is_refused() -> None:
    with pytest.raises(InvalidObjectError, match="key has 15 bytes, expected at least 16"):
        keyed(b"f" * 16, b"k" * 15)


def test_the_tables_that_names_depend_on_are_recorded() -> None:
    assert set(TABLES) == {"unicode", "idna"}
