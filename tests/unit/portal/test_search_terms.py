"""What people paste, read as the values it may stand for; and which host names look alike."""

from ipaddress import ip_network

import pytest
from comity.dedup.canonical import observable_of
from comity.store.search_terms import (
    Network,
    around,
    every_reading,
    host_of,
    network_in,
    observables_in,
    skeleton,
    span_inside,
    span_of,
)
from hypothesis import given
from hypothesis import strategies as st


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


NETWORKS = st.one_of(
    st.builds(
        lambda number, length: ip_network((number, length), strict=False), st.integers(0, 2**32 - 1), st.integers(0, 32)
    ),
    st.builds(
        lambda number, length: ip_network((number, length), strict=False),
        st.integers(2**32, 2**128 - 1),
        st.integers(0, 128),
    ),
)


def written(network: Network) -> tuple[str, str]:
    kind = f"ipv{network.version}"
    return kind, observable_of(kind, str(network)).value


@given(outer=NETWORKS, inner=NETWORKS, length=st.integers(0, 128), is_taken_from_it=st.booleans())
def test_a_span_lies_between_those_of_a_network_just_where_it_is_a_part_of_it(
    outer: Network, inner: Network, length: int, is_taken_from_it: bool
) -> None:
    if is_taken_from_it:
        inner = ip_network(
            (int(outer.network_address), min(max(length, outer.prefixlen), outer.max_prefixlen)), strict=False
        )
    first, last = span_inside(outer)
    span = span_of(*written(inner))

    assert span is not None
    is_part = inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]  # of one version
    assert (first <= span <= last) == is_part


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
