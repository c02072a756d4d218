"""Warning lists: what matches, in each way in which entries are compared, and that it takes no time."""

import gzip
import json
import os
from pathlib import Path

import pytest
from comity.app.warning_files import read_warning_lists
from comity.dedup.canonical import observable_of
from comity.dedup.warning_lists import SPECIAL, WarningList, WarningLists
from comity.errors import InvalidObjectError, SettingsError

DATA = Path(os.environ.get("COMITY_TEST_DATA", "absent")) / "misp-warninglists"
LISTS = WarningLists.of(SPECIAL)


def one(
    matching: str, *entries: str, attributes: tuple[str, ...] = ("domain", "ip-dst", "url", "email", "md5")
) -> WarningLists:
    table = {"name": "it", "type": matching, "list": list(entries), "matching_attributes": list(attributes)}
    return WarningLists.of([WarningList.parse(table)])


def hits(lists: WarningLists, kind: str, value: str) -> tuple[str, ...]:
    return lists.matches(observable_of(kind, value))


@pytest.mark.parametrize(
    ("matching", "entry", "kind", "value", "expected"),
    [
        ("string", "a.example", "domain", "A.example", True),
        ("string", "a.example", "domain", "b.a.example", False),
        ("hostname", "a.example", "domain", "a.example", True),
        ("hostname", ".a.example", "domain", "x.b.a.example", True),
        ("hostname", "a.example", "domain", "ba.example", False),
        ("hostname", "a.example", "url", "http://x.a.example:8080/y", True),
        ("hostname", "a.example", "url", "http://other.test/a.example", False),
        ("hostname", "a.example", "email", "desk@mail.a.example", True),
        ("cidr", "198.51.100.0/24", "ipv4", "198.51.100.9", True),
        ("cidr", "198.51.100.0/24", "ipv4", "198.51.100.128/25", True),
        ("cidr", "198.51.100.0/24", "ipv4", "198.51.0.0/16", False),
        ("cidr", "198.51.100.9", "ipv4", "198.51.100.9", True),
        ("cidr", "2001:db8::/32", "ipv6", "2001:db8:1::2", True),
        ("cidr", "2001:db8::/32", "ipv4", "198.51.100.9", False),
        ("substring", "throwaway", "email", "x@my-throwaway.example", True),
        ("substring", "away", "email", "x@throwaway.example", True),
        ("substring", "throwaway", "email", "x@throw.example", False),
        ("regex", "/^(soc|abuse)@.*$/i", "email", "SOC@a.example", True),
        ("regex", "/^(soc|abuse)@.*$/i", "email", "other@a.example", False),
    ],
)
def test_an_entry_matches_as_its_list_says(matching: str, entry: str, kind: str, value: str, expected: bool) -> None:
    assert bool(hits(one(matching, entry), kind, value)) is expected


def test_a_list_is_compared_with_the_kinds_it_is_for_only() -> None:
    lists = one("hostname", "a.example", attributes=("domain",))

    assert (hits(lists, "domain", "a.example"), hits(lists, "url", "http://a.example/")) == (("it",), ())


@pytest.mark.parametrize(
    ("kind", "value", "name"),
    [
        ("ipv4", "192.168.1.1", "addresses of special use"),
        ("ipv4", "203.0.113.5", "addresses for documentation"),
        ("ipv6", "fe80::1", "addresses of special use"),
        ("domain", "printer.local", "names of special use"),
        ("file:md5", "D41D8CD98F00B204E9800998ECF8427E", "hashes of an empty file"),
    ],
)
def test_the_lists_that_come_with_comity_know_what_is_never_an_indicator(kind: str, value: str, name: str) -> None:
    assert hits(LISTS, kind, value) == (name,)


def test_what_is_on_no_list_is_not_warned_of() -> None:
    assert hits(LISTS, "ipv4", "1.1.1.1") == ()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"name": "x", "type": "guess", "list": []}, "guess"),
        ({"type": "string", "list": []}, "expected one of"),
        ({"name": "x", "type": "string", "list": "a"}, "has no list"),
    ],
)
def test_what_is_no_list_is_refused(table: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidObjectError, match=said):
        WarningList.parse(table)


@pytest.mark.parametrize(("matching", "entry"), [("cidr", "300.1.1.1"), ("regex", "/(/")])
def test_an_entry_that_is_none_is_refused_with_the_name_of_its_list(matching: str, entry: str) -> None:
    with pytest.raises(InvalidObjectError, match="'it'"):
        one(matching, entry)


def test_lists_are_read_from_a_folder_packed_or_not(tmp_path: Path) -> None:
    table = {"name": "mine", "type": "string", "list": ["a.example"], "matching_attributes": ["domain"]}
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "list.json").write_text(json.dumps(table), "utf-8")
    (tmp_path / "other.json.gz").write_bytes(gzip.compress(json.dumps({**table, "name": "other"}).encode()))

    assert set(hits(read_warning_lists(str(tmp_path)), "domain", "a.example")) == {"mine", "other"}


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"name": "x"}', b"\x1f\x8bxx"])
def test_a_file_that_is_no_list_is_a_setting_that_cannot_be_used(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "list.json").write_bytes(content)

    with pytest.raises(SettingsError):
        read_warning_lists(str(tmp_path))


def test_a_folder_without_lists_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="expected a folder with lists"):
        read_warning_lists(str(tmp_path))


@pytest.mark.skipif(not DATA.is_dir(), reason="COMITY_TEST_DATA names no folder with published data")
@pytest.mark.parametrize(
    ("kind", "value", "part"),
    [
        ("ipv4", "10.0.0.1", "1918"),
        ("domain", "sub.bit.ly", "shortener"),
        ("email", "soc@bank.example", "contact e-mail"),
    ],
)
def test_published_lists_are_read_and_match(kind: str, value: str, part: str) -> None:
    lists = read_warning_lists(str(DATA))

    assert len(lists.names) == 128
    assert any(part in name.lower() for name in hits(lists, kind, value))
