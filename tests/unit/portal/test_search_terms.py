"""What people paste, read as the values it may stand for; and which host names look alike."""

import pytest
from comity.store.search_terms import (
    around,
    every_reading,
    host_of,
    network_in,
    observables_in,
    skeleton,
    stable_prefix,
)


@pytest.mark.parametrize(
    ("text", "observable"),
    [
        ("DROP.LANTERN-SYNC.EXAMPLE.", "domain drop.lantern-sync.example"),
        ("drop[dot]example", "domain drop.example"),
        ("hxxps://QR-Refund[.]example:443/Verify/", "url https://qr-refund.example/Verify/"),
        ("hXXp[:]//a(dot)b.example/x", "url http://a.b.example/x"),
        ("hxxps[://]evil.example/", "url https://evil.example/"),
        ("<https://x.example/>", "url https://x.example/"),
        ("198[.]51[.]100[.]23", "ipv4 198.51.100.23"),
        ("198.51.100.23/24", "ipv4 198.51.100.0/24"),
        ("2001:DB8::1", "ipv6 2001:db8::1"),
        ("a[@]b[.]example", "email a@b.example"),
        ("a (at) b.example", None),
        ("cve-2099-90001", "vulnerability CVE-2099-90001"),
        ("A" * 64, f"file:sha256 {'a' * 64}"),
        ("/etc/passwd", "file:path /etc/passwd"),
        ("qr-refund", None),
        ("pale lantern", None),
        ("", None),
        ("x" * 3_000 + ".example", None),
    ],
)
def test_a_pasted_value_is_read_as_what_it_plainly_is(text: str, observable: str | None) -> None:
    assert [str(one) for one in observables_in(text)] == ([observable] if observable else [])


def test_what_is_said_to_be_a_value_is_tried_as_every_kind_that_fits() -> None:
    assert {one.kind for one in every_reading("lantern")} == {"domain", "file:path", "vulnerability"}


@pytest.mark.parametrize(
    ("network", "prefix"),
    [
        ("198.51.100.0/24", "198.51.100."),
        ("198.51.96.0/20", "198.51."),
        ("0.0.0.0/0", ""),
        ("2001:db8::/32", "2001:db8:"),
        ("2001:db8:0:1::/64", "2001:db8:"),
        ("2001:d00::/24", "2001:"),
    ],
)
def test_the_text_that_everything_in_a_network_begins_with_is_known(network: str, prefix: str) -> None:
    found = network_in(network)

    assert found is not None
    assert stable_prefix(found) == prefix


def test_the_networks_around_one_are_those_that_hold_it() -> None:
    found = network_in("198.51.100.0/22")

    assert found is not None
    assert around(found)[0] == "198.51.96.0/21"
    assert around(found)[-1] == "198.0.0.0/8"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("qr-refund.example", "xn--qr-refnd-c6a.example"),
        ("microsoft.example", "rnicrosoft.example"),
        ("paypal.example", "paypa1.example"),
        ("google.example", "g00gle.example"),
        ("wave.example", "vvave.example"),
    ],
)
def test_names_that_are_taken_for_each_other_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


def test_names_that_are_told_apart_have_two() -> None:
    assert skeleton("one.example") != skeleton("two.example")


@pytest.mark.parametrize("host", ["xn--.example", "xn--\u00e9.example", "xn--999999999.example", "..", ""])
def test_a_skeleton_is_made_of_any_text(host: str) -> None:
    assert isinstance(skeleton(host), str)


@pytest.mark.parametrize(
    ("kind", "value", "host"),
    [
        ("domain", "a.example", "a.example"),
        ("email", "x@a.example", "a.example"),
        ("url", "https://a.example:8080/x", "a.example"),
        ("url", "https://198.51.100.1/x", None),
        ("url", "https://[2001:db8::1]/x", None),
        ("file:md5", "0" * 32, None),
    ],
)
def test_the_host_in_a_value_is_known(kind: str, value: str, host: str | None) -> None:
    assert host_of(kind, value) == host
