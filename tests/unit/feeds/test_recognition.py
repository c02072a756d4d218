"""Which observable a value is."""

import pytest
from comity.errors import InvalidObjectError
from comity_feeds.recognition import recognise, refang

SHA256 = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("198.51.100.7", "ipv4 198.51.100.7"),
        ("198.51.100.0/24", "ipv4 198.51.100.0/24"),
        ("198[.]51(.)100{.}7", "ipv4 198.51.100.7"),
        ("2001:DB8::1", "ipv6 2001:db8::1"),
        ("2001:db8::/32", "ipv6 2001:db8::/32"),
        ("lure[.]example", "domain lure.example"),
        ("lure[dot]example", "domain lure.example"),
        ("hxxps://lure[.]example/a", "url https://lure.example/a"),
        ("hXXp[:]//lure.example/a", "url http://lure.example/a"),
        ("desk[at]lure.example", "email desk@lure.example"),
        (SHA256.upper(), f"file:sha256 {SHA256}"),
        ("a" * 32, "file:md5 " + "a" * 32),
        ("a" * 40, "file:sha1 " + "a" * 40),
        ("a" * 128, "file:sha512 " + "a" * 128),
        ("cve-2099-90001", "vulnerability CVE-2099-90001"),
        ("C:\\Temp\\tide.exe", "file:path C:\\Temp\\tide.exe"),
    ],
)
def test_the_looks_of_a_value_tell_its_kind(raw: str, expected: str) -> None:
    assert str(recognise(f"  {raw} ").observable) == expected


@pytest.mark.parametrize(
    ("raw", "expected", "port"),
    [
        ("198.51.100.7:443", "ipv4 198.51.100.7", 443),
        ("[2001:db8::1]:443", "ipv6 2001:db8::1", 443),
        ("lure.example:8080", "domain lure.example", 8080),
        ("2001:db8::1", "ipv6 2001:db8::1", None),
    ],
)
def test_a_port_behind_a_value_is_no_part_of_it(raw: str, expected: str, port: int | None) -> None:
    found = recognise(raw)

    assert (str(found.observable), found.port) == (expected, port)


@pytest.mark.parametrize(
    "raw", ["", "tide", "/gate/panel.php", "lure.example/gate", "a" * 33, "two words.example", "*"]
)
def test_a_value_of_doubtful_kind_is_refused(raw: str) -> None:
    with pytest.raises(InvalidObjectError):
        recognise(raw)


def test_a_stated_path_is_no_address_with_a_port() -> None:
    assert recognise("tide:443", "file:path").observable.value == "tide:443"


@pytest.mark.parametrize("text", ["a.example", "http://[2001:db8::1]/", "e.g. (this)", "meet at noon. dot"])
def test_text_that_is_not_defanged_stays_as_it_is(text: str) -> None:
    assert refang(text) == text
