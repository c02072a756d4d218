"""CPE 2.3 names (NISTIR 7695) and ranges of versions, edges included."""

from contextlib import suppress

import pytest
from comity.correlation.exposure import CPE, Affected, exposed, version_key
from comity.domain.asset import Asset, AssetKind
from hypothesis import given, settings
from hypothesis import strategies as st


def cpe(version: str = "*", product: str = "edgegate_vpn", rest: str = "*:*:*:*:*:*:*") -> CPE:
    return CPE.parse(f"cpe:2.3:a:example:{product}:{version}:{rest}")


RANGE = Affected(vulnerability="CVE-2099-90001", cpe=cpe(), introduced="9.0.0", fixed="9.10.1")


@pytest.mark.parametrize(
    ("version", "is_affected"),
    [
        ("8.99.99", False),
        ("9.0.0", True),
        ("9.0", True),
        ("9.9.0", True),
        ("9.10.0", True),
        ("9.10.1-rc1", True),
        ("9.10.1", False),
        ("9.10.1.0", False),
        ("9.11.0", False),
        ("10.0.0", False),
        ("*", True),
        ("-", False),
    ],
)
def test_a_range_has_its_first_version_and_not_the_fixed_one(version: str, is_affected: bool) -> None:
    assert RANGE.affects(cpe(version)) is is_affected


def test_the_last_affected_version_is_affected() -> None:
    until = Affected(vulnerability="X", cpe=cpe(), last_affected="2.0")

    assert [until.affects(cpe(version)) for version in ("1.9", "2.0", "2.0.1")] == [True, True, False]


@pytest.mark.parametrize("other", ["cpe:2.3:o:example:edgegate_vpn", "cpe:2.3:a:exam\\:ple:edgegate_vpn"])
def test_another_product_is_not_affected(other: str) -> None:
    assert not RANGE.affects(CPE.parse(f"{other}:9.1.0:*:*:*:*:*:*:*"))


def test_a_range_for_one_edition_affects_no_other() -> None:
    for_linux = Affected(vulnerability="X", cpe=cpe(rest="*:*:*:*:linux:*:*"))

    assert for_linux.affects(cpe("1.0", rest="*:*:*:*:linux:*:*"))
    assert not for_linux.affects(cpe("1.0", rest="*:*:*:*:windows:*:*"))


@pytest.mark.parametrize(
    "text", ["", "cpe:/a:example:x", "cpe:2.3:a:b:c", "cpe:2.3:a:b:c:1:*:*:*:*:*:*:*:*", "cpe:2.3:a::c:1:*:*:*:*:*:*:*"]
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cpe is"):
        CPE.parse(text)


@pytest.mark.parametrize(
    "ordered",
    [
        ("1.0-alpha", "1.0-beta2", "1.0-rc1", "1.0", "1.0.1", "1.1", "1.9", "1.10", "2"),
        ("1.0.2", "1.0.2a", "1.0.2k", "1.0.3"),
        ("99999999999999999999", "100000000000000000000"),
    ],
)
def test_versions_sort_as_people_read_them(ordered: tuple[str, ...]) -> None:
    assert sorted(reversed(ordered), key=version_key) == list(ordered)


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**9), min_size=3, max_size=3), st.lists(st.integers(0, 10**9), min_size=3, max_size=3))
def test_three_numbers_are_compared_number_by_number(one: list[int], other: list[int]) -> None:
    keys = [version_key(".".join(map(str, numbers))) for numbers in (one, other)]

    assert (keys[0] < keys[1]) == (one < other)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_a_version_or_is_refused(text: str) -> None:
    with suppress(ValueError):
        assert version_key(text)


def test_an_endless_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version is"):
        version_key("1." * 200)


def test_exposed_assets_are_named_with_what_is_affected() -> None:
    name = "cpe:2.3:a:example:edgegate_vpn:9.1.0:*:*:*:*:*:*:*"
    other = "cpe:2.3:a:example:edgegate_vpn:9.11.0:*:*:*:*:*:*:*"
    assets = [
        Asset(key="gate", member="XA", kind=AssetKind.SOFTWARE, software=(name, other)),
        Asset(key="safe", member="XA", kind=AssetKind.SOFTWARE, software=(other,)),
    ]

    assert exposed(assets, [RANGE]) == {"gate": (name,)}
