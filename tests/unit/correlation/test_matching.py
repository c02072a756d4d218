"""Which assets an observable touches, by which rule, and how sure that is."""

from ipaddress import ip_network

import pytest
from comity.correlation.matching import GUARDED, Match, Rule, Territory, own_range_alerts
from comity.domain.asset import Asset, AssetKind, Layer
from hypothesis import given, settings
from hypothesis import strategies as st

ISP = Asset(key="isp", member="XA", kind=AssetKind.PROVIDER, prefixes=("203.0.113.0/26", "2001:db8:1::/48"))
GOVERNMENT = Asset(
    key="gov", member="XA", kind=AssetKind.ADDRESS_RANGE, prefixes=("203.0.113.16/28",), domains=("gov-xa.example",)
)
PORTAL = Asset(key="portal", member="XA", kind=AssetKind.PORTAL, domains=("portal.gov-xa.example",))
CDN = Asset(key="cdn", member="", kind=AssetKind.SHARED_SERVICE, prefixes=("198.51.100.200",), domains=("cdn.example",))
TERRITORY = Territory([ISP, GOVERNMENT, PORTAL, CDN])


def found(kind: str, value: str) -> list[tuple[str, Rule]]:
    return [(one.asset, one.rule) for one in TERRITORY.matches(kind, value)]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("ipv4", "203.0.113.17", [("gov", Rule.INSIDE), ("isp", Rule.INSIDE)]),
        ("ipv4", "203.0.113.16/28", [("gov", Rule.SAME), ("isp", Rule.INSIDE)]),
        ("ipv4", "203.0.113.0/24", [("isp", Rule.AROUND), ("gov", Rule.AROUND)]),
        ("ipv4", "203.0.113.0/27", [("isp", Rule.INSIDE), ("gov", Rule.AROUND)]),
        ("ipv4", "203.0.113.64", []),
        ("ipv6", "2001:db8:1::1", [("isp", Rule.INSIDE)]),
        ("ipv6", "2001:db8::/32", [("isp", Rule.AROUND)]),
        ("ipv6", "2001:db8:2::1", []),
        ("domain", "portal.gov-xa.example", [("portal", Rule.SAME), ("gov", Rule.INSIDE)]),
        ("domain", "mail.gov-xa.example", [("gov", Rule.INSIDE)]),
        ("domain", "notgov-xa.example", []),
        ("domain", "example", []),
        ("url", "http://portal.gov-xa.example:8080/a?b", [("portal", Rule.SAME), ("gov", Rule.INSIDE)]),
        ("url", "http://203.0.113.2/x", [("isp", Rule.INSIDE)]),
        ("url", "https://[2001:db8:1::2]:8443/", [("isp", Rule.INSIDE)]),
        ("email", "a@gov-xa.example", [("gov", Rule.SAME)]),
        ("file:sha256", "0" * 64, []),
    ],
)
def test_containment_is_found_both_ways_the_closest_first(
    kind: str, value: str, expected: list[tuple[str, Rule]]
) -> None:
    assert found(kind, value) == expected


def test_a_domain_above_those_of_assets_is_around_them() -> None:
    assert Territory([PORTAL]).matches("domain", "gov-xa.example")[0].rule is Rule.AROUND


def test_a_match_says_layer_and_evidence() -> None:
    match = TERRITORY.matches("domain", "portal.gov-xa.example")[0]

    assert match == Match(
        kind="domain",
        value="portal.gov-xa.example",
        asset="portal",
        rule=Rule.SAME,
        layer=Layer.SOVEREIGNTY,
        confidence=95,
        evidence="portal.gov-xa.example",
    )


@pytest.mark.parametrize(("kind", "value"), [("ipv4", "198.51.100.200"), ("domain", "edge.cdn.example")])
def test_what_many_share_is_guarded(kind: str, value: str) -> None:
    match = TERRITORY.matches(kind, value)[0]

    assert (match.confidence, match.shared_by) == (GUARDED, "cdn")


def test_a_network_around_a_shared_address_is_not_taken_for_it() -> None:
    assert [one.shared_by for one in Territory([CDN, ISP]).matches("ipv4", "198.51.100.0/24")] == [""]


def test_a_far_wider_network_is_worth_less() -> None:
    one, other = (TERRITORY.matches("ipv4", text)[0].confidence for text in ("203.0.113.0/24", "203.0.0.0/16"))

    assert one > other


def test_own_range_alerts_are_wholly_inside() -> None:
    observables = [
        ("ipv4", "203.0.113.5"),
        ("ipv4", "203.0.113.0/25"),
        ("ipv4", "203.0.113.64"),
        ("domain", "a.example"),
    ]

    assert [one.value for one in own_range_alerts([ISP], observables)] == ["203.0.113.5"]


networks = st.tuples(st.integers(0, 255), st.integers(24, 32)).map(
    lambda pair: str(ip_network((0xCB007100 + pair[0], pair[1]), strict=False))
)


@settings(deadline=None)
@given(st.lists(networks, unique=True, max_size=12), networks)
def test_containment_is_what_ipaddress_says(prefixes: list[str], value: str) -> None:
    assets = [Asset(key=text, member="XA", kind=AssetKind.PROVIDER, prefixes=(text,)) for text in prefixes]
    network = ip_network(value)
    touched = {one.asset for one in Territory(assets).matches("ipv4", value)}

    assert touched == {text for text in prefixes if ip_network(text).overlaps(network)}
