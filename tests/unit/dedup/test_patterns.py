"""Patterns for observables, observables in patterns, and what is a pattern at all."""

import pytest
from comity.dedup.canonical import Observable, observable_of
from comity.dedup.patterns import check_pattern, observable_in, pattern_for
from comity.errors import InvalidObjectError

SHA256 = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"


@pytest.mark.parametrize(
    ("kind", "raw", "pattern"),
    [
        ("domain", "a.example", "[domain-name:value = 'a.example']"),
        ("ipv4", "198.51.100.0/24", "[ipv4-addr:value = '198.51.100.0/24']"),
        ("ipv6", "2001:db8::1", "[ipv6-addr:value = '2001:db8::1']"),
        ("url", "http://a.example/'\\", r"[url:value = 'http://a.example/\'\\']"),
        ("email", "o'hara@a.example", r"[email-addr:value = 'o\'hara@a.example']"),
        ("file:md5", "a" * 32, "[file:hashes.MD5 = '" + "a" * 32 + "']"),
        ("file:sha1", "a" * 40, "[file:hashes.'SHA-1' = '" + "a" * 40 + "']"),
        ("file:sha256", SHA256, f"[file:hashes.'SHA-256' = '{SHA256}']"),
        ("file:sha512", "a" * 128, "[file:hashes.'SHA-512' = '" + "a" * 128 + "']"),
        ("file:path", "tide.exe", "[file:name = 'tide.exe']"),
        ("file:path", "/a/b/c", "[file:parent_directory_ref.path = '/a/b' AND file:name = 'c']"),
        ("file:path", "/c", "[file:parent_directory_ref.path = '/' AND file:name = 'c']"),
        ("file:path", "C:\\a\\c", r"[file:parent_directory_ref.path = 'C:\\a' AND file:name = 'c']"),
        ("file:path", "C:\\c", r"[file:parent_directory_ref.path = 'C:\\' AND file:name = 'c']"),
        ("file:path", "/a/", "[file:name = '/a/']"),
        ("file:path", "a\\b", r"[file:name = 'a\\b']"),
        ("file:path", "/a//b", "[file:name = '/a//b']"),
    ],
)
def test_an_observable_and_its_pattern_state_each_other(kind: str, raw: str, pattern: str) -> None:
    observable = observable_of(kind, raw)

    assert (pattern_for(observable), observable_in(pattern)) == (pattern, observable)


def test_a_vulnerability_has_no_pattern() -> None:
    with pytest.raises(InvalidObjectError, match="CVE-2099-90001"):
        pattern_for(Observable(kind="vulnerability", value="CVE-2099-90001"))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[domain-name:value='A[.]Example.']", "domain a.example"),
        ("[domain-name:'value' = 'a.example']", "domain a.example"),
        (" [ domain-name:value == 'a.example' ] ", "domain a.example"),
        ("([domain-name:value = 'a.example'])", "domain a.example"),
        ("[domain-name:value IN ('a.example', 'A.example')]", "domain a.example"),
        ("[domain-name:value LIKE 'A.example']", "domain a.example"),
        ("[domain-name:value NOT != 'a.example']", "domain a.example"),
        ("[domain-name:value = 'a.example' OR domain-name:value = 'A.EXAMPLE']", "domain a.example"),
        ("[domain-name:value = 'a.example'] REPEATS 1 TIMES", "domain a.example"),
        ("[domain-name:value = 'a.example' /* a note */]", "domain a.example"),
        (f"[file:hashes.SHA256 = '{SHA256.upper()}']", f"file:sha256 {SHA256}"),
        (f"[file:hashes.'sha-256' = '{SHA256}']", f"file:sha256 {SHA256}"),
        ("[file:name = 'c' AND file:parent_directory_ref.path = '/a']", "file:path /a/c"),
    ],
)
def test_every_spelling_of_a_pattern_states_the_observable(pattern: str, expected: str) -> None:
    assert str(observable_in(pattern)) == expected


@pytest.mark.parametrize(
    "pattern",
    [
        "[domain-name:value != 'a.example']",
        "[domain-name:value NOT = 'a.example']",
        "[domain-name:value LIKE '%.example']",
        "[domain-name:value MATCHES 'a']",
        "[domain-name:value = 'a.example' OR domain-name:value = 'b.example']",
        "[domain-name:value = 'a.example' AND domain-name:value = 'b.example']",
        "[domain-name:value = 'a.example'] AND [domain-name:value = 'a.example']",
        "[domain-name:value = 'a.example'] WITHIN 5 SECONDS",
        "[domain-name:value = 'a.example' AND domain-name:size = 1]",
        "[domain-name:value = 1]",
        "[domain-name:value = 'no host']",
        "[ipv4-addr:value ISSUBSET '198.51.100.0/24']",
        "[ipv4-addr:value = '010.0.0.1']",
        "[ipv4-addr:value IN ()]",
        "[mutex:name = 'a']",
        "[network-traffic:dst_ref.value = '198.51.100.7']",
        "[file:hashes.MD6 = '" + "a" * 32 + "']",
        "[file:parent_directory_ref.path = '/a']",
        "[file:parent_directory_ref.path = '/a/' AND file:name = 'c']",
        "[file:parent_directory_ref.path = '/a' AND file:name = 'c' AND file:size = 1]",
        "[file:name = '/a/c']",
        "[file:name = ' c']",
        "[file:name = ' ']",
        "[vulnerability:name = 'CVE-2099-90001']",
        "rule tide { condition: true }",
        "",
    ],
)
def test_any_other_pattern_states_no_observable(pattern: str) -> None:
    assert observable_in(pattern) is None


@pytest.mark.parametrize(
    "pattern",
    [
        "[a:b = 'c']",
        "[a:b.c[0].'d-e'[*] = 'c']",
        "[a:b = 1 AND (a:c >= -1.5 OR a:d NOT IN ('x', true, h'0aFF', b'AAA=', t'2020-02-28T23:59:60.5Z'))]",
        "[NOT EXISTS a:b OR EXISTS a:c]",
        "([a:b = 1] AND [a:b <> .5] OR [a:b = +1]) FOLLOWEDBY [a:b ISSUPERSET '10.0.0.0/8'] WITHIN 5.5 SECONDS",
        "[a:b = 1] START t'2020-01-01T00:00:00Z' STOP t'2020-01-02T00:00:00Z' REPEATS 5 TIMES WITHIN 1 SECONDS",
        "([a:b = 1] WITHIN 5 SECONDS) WITHIN 5 SECONDS",
        "// a note\n[a:b /* another */ = 'c']\u00a0",
        "(" * 50 + "[a:b = 1]" + ")" * 50,
        "[a:b = '" + "c" * 60_000 + "']",
    ],
)
def test_a_pattern_of_the_standard_is_accepted(pattern: str) -> None:
    check_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "cause"),
    [
        ("", "pattern is wrong at character 1: found the end, expected [ or ("),
        ("a:b = 1", "pattern is wrong at character 1: found 'a', expected [ or ("),
        ("[]", "pattern is wrong at character 2: found ']', expected an object type"),
        ("[a = 1]", "pattern is wrong at character 4: found '=', expected :"),
        ("[a:b]", "pattern is wrong at character 5: found ']', expected a comparison operator"),
        ("[a:b-c = 1]", "pattern is wrong at character 4: found 'b-c', expected a property name, quoted where it has"),
        ("[a:AND = 'c']", "pattern is wrong at character 4: found 'AND', expected a property name"),
        ("[AND:a = 'c']", "pattern is wrong at character 2: found 'AND', expected an object type"),
        ("[a:b = c]", "pattern is wrong at character 8: found 'c', expected a literal"),
        ("[a:b > true]", "pattern is wrong at character 8: found 'true', expected a literal"),
        ("[a:b LIKE 1]", "pattern is wrong at character 11: found '1', expected a string"),
        ("[a:b = 01]", "pattern is wrong at character 9: found '1', expected AND, OR or ]"),
        ("[a:b = 'c]", 'pattern is wrong at character 8: "\'c]" begins no token'),
        ("[a:b = 'c\\d']", "pattern is wrong at character 8: "),
        ("[a:b[x] = 1]", "pattern is wrong at character 6: found 'x', expected an index or *"),
        ("[a:b IN 1]", "pattern is wrong at character 9: found '1', expected ("),
        ("[a:b IN (1 2)]", "pattern is wrong at character 12: found '2', expected , or )"),
        ("[NOT a:b = 1]", "pattern is wrong at character 6: found 'a', expected EXISTS"),
        ("[a:b = 1", "pattern is wrong at character 9: found the end, expected AND, OR or ]"),
        (
            "[a:b = 1] [a:b = 2]",
            "pattern is wrong at character 11: found '[', expected AND, OR, FOLLOWEDBY, a qualifier",
        ),
        ("[a:b = 1] and [a:b = 2]", "pattern is wrong at character 11: found 'and', expected"),
        ("[a:b = 1] REPEATS 1.5 TIMES", "pattern is wrong at character 19: found '1.5', expected a number without"),
        ("[a:b = 1] REPEATS -1 TIMES", "pattern is wrong at character 19: found '-1', expected a number without"),
        ("[a:b = 1] WITHIN 1 MINUTES", "pattern is wrong at character 20: found 'MINUTES', expected SECONDS"),
        ("[a:b = 1] START '2020-01-01T00:00:00Z' STOP", "pattern is wrong at character 17: found"),
        ("[a:b = 1] WITHIN 1 SECONDS WITHIN 2 SECONDS", "expected another qualifier than WITHIN"),
        (
            "[a:b = 1] REPEATS 99999999999999999999 TIMES",
            "pattern repeats '99999999999999999999' times, expected at most",
        ),
        ("[a:b = t'2020-13-01T00:00:00Z']", "pattern is wrong at character 8: found 't', expected a literal"),
        ("[a:b = h'0']", "pattern is wrong at character 8: found 'h', expected a literal"),
        ("[a:b = '\ud800']", "pattern is wrong at character 9: half a surrogate pair is no text"),
        ("[a:b = 1] /* open", "pattern is wrong at character 11: '/* open' begins no token"),
        ("(" * 51 + "[a:b = 1]" + ")" * 51, "pattern is nested deeper than 50 parentheses"),
        ("[" * 7_000, "pattern has more than 6000 words"),
        ("[a:b = '" + "c" * 66_000 + "']", "pattern has 66010 characters, expected at most 65536"),
    ],
)
def test_a_refusal_says_where_and_why(pattern: str, cause: str) -> None:
    with pytest.raises(InvalidObjectError) as refusal:
        check_pattern(pattern)

    assert cause in str(refusal.value)
