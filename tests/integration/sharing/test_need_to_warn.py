"""Need to warn: the owner hears that somebody cannot be warned, nobody hears who, and nobody else hears anything."""

from pathlib import Path
from typing import Any

import pytest
from comity.analytics.registry import affected_of, import_assets
from comity.cli.main import app
from comity.domain.asset import Asset, AssetKind
from comity.errors import SyncError
from comity.store.assets import put_affected
from typer.testing import CliRunner

from tests.integration.sharing.objects import id_of, indicator
from tests.integration.sharing.services import Bloc


def expose(bloc: Bloc, member: str, *values: str) -> None:
    exchange = bloc[member].running.exchange
    assert exchange is not None
    exchange.register_exposures(values)


def hinted(bloc: Bloc, member: str, raw: bytes) -> list[int]:
    """Return what a member is hinted at about an object, after its next pull."""
    bloc[member].pull()
    told: list[dict[str, Any]] = bloc[member].status()["need_to_warn"]
    return [one["members"] for one in told if one["object_id"] == id_of(raw)]


def ranged(value: str, *members: str) -> bytes:
    """Return an indicator of an address by XA for some members."""
    return indicator("XA", value, pattern=f"[ipv4-addr:value = '{value}']", release={"releasable_to": list(members)})


def test_an_owner_hears_of_members_with_an_asset_who_are_not_served_and_not_who_they_are(bloc: Bloc) -> None:
    expose(bloc, "NO", "198.51.100.0/25", "port.example")
    inside, outside = ranged("198.51.100.7", "XB"), ranged("198.51.100.207", "XB")
    below = indicator("XA", "mail.port.example", release={"releasable_to": ["XB"]})
    bloc.share("XA", inside, outside, below)

    assert [hinted(bloc, "XA", raw) for raw in (inside, outside, below)] == [[1], [], [1]]
    assert [hinted(bloc, member, inside) for member in ("XB", "NO")] == [[], []]
    assert "NO" not in str(bloc["XA"].status()["need_to_warn"])


def test_who_is_served_the_object_needs_no_warning(bloc: Bloc) -> None:
    expose(bloc, "NO", "203.0.113.0/24")
    raw = ranged("203.0.113.9", "NO", "XB")
    bloc.share("XA", raw)

    assert hinted(bloc, "XA", raw) == []


def test_what_is_registered_later_is_looked_for_among_what_is_there(bloc: Bloc) -> None:
    raw = ranged("192.0.2.77", "XB")
    bloc.share("XA", raw)
    before = hinted(bloc, "XA", raw)
    expose(bloc, "NO", "192.0.2.64/26")
    during = hinted(bloc, "XA", raw)
    expose(bloc, "NO")

    assert (before, during, hinted(bloc, "XA", raw)) == ([], [1], [])


def test_a_number_that_would_be_a_name_is_not_told(bloc: Bloc) -> None:
    expose(bloc, "NO", "192.0.2.0/26")
    raw = indicator("XA", "x.example", pattern="[ipv4-addr:value = '192.0.2.5']", release={"withheld_from": ["NO"]})
    bloc.share("XA", raw)

    assert hinted(bloc, "XA", raw) == []


def test_the_hint_ends_with_the_object(bloc: Bloc) -> None:
    expose(bloc, "NO", "198.51.100.128/25")
    raw = ranged("198.51.100.200", "XB")
    bloc.share("XA", raw)
    before = hinted(bloc, "XA", raw)
    bloc["XA"].recall(id_of(raw))
    bloc["XA"].push()

    assert (before, hinted(bloc, "XA", raw)) == ([1], [])


def test_the_registry_tells_what_to_warn_about_and_nothing_of_single_assets(bloc: Bloc) -> None:
    node = bloc["NO"]
    analytics = node.running.analytics
    software = "cpe:2.3:a:example:gate:2.1:*:*:*:*:*:*:*"
    halves = ("192.0.2.128/26", "192.0.2.192/26")
    own = [
        Asset(key=f"key {place}", member="NO", kind=AssetKind.PORTAL, prefixes=(prefix,), domains=(name,))
        for place, (prefix, name) in enumerate(zip(halves, ("port.example", "mail.port.example"), strict=True))
    ]
    own += [
        Asset(key="gate", member="NO", kind=AssetKind.SOFTWARE, software=(software,), prefixes=("0.0.0.0/0",)),
        Asset(key="edge", member="NO", kind=AssetKind.SHARED_SERVICE, prefixes=("203.0.113.0/24",)),
    ]
    import_assets(analytics, own)
    ranges = {"CVE-2099-90001": "3.0", "CVE-2099-90002": "2.0"}
    with analytics.store.write() as connection:
        put_affected(
            connection,
            [affected_of({"vulnerability": key, "cpe": software, "fixed": end}) for key, end in ranges.items()],
        )
    arguments = ["node", "expose", str(node.folder)]
    shown = CliRunner().invoke(app, [*arguments, "--show"]).output
    registered = CliRunner().invoke(app, arguments).output
    raw = ranged("192.0.2.200", "XB")
    bloc.share("XA", raw)

    assert shown.split() == ["192.0.2.128/25", "port.example", "CVE-2099-90001"]
    assert registered == "3 registered\n"
    assert hinted(bloc, "XA", raw) == [1]


def test_what_is_no_own_range_is_not_registered(bloc: Bloc, tmp_path: Path) -> None:
    for value in ("0.0.0.0/0", "::/0", "not a value", "com"):
        with pytest.raises(SyncError, match="status 400"):
            expose(bloc, "NO", value)
    listed = tmp_path / "own.txt"
    listed.write_text("# own\n203.0.113.0/24\n\nport.example\n")

    assert CliRunner().invoke(app, ["node", "expose", str(bloc["NO"].folder), str(listed)]).output == "2 registered\n"
