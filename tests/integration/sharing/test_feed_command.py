"""``comity feed``: files of others into a node, from the command line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from comity.cli.main import app
from comity.errors import InvalidObjectError, SettingsError
from typer.testing import CliRunner, Result

from tests.integration.sharing.objects import changed, indicator
from tests.integration.sharing.services import Bloc, NodePlace, make_bloc

LIST = b"# hosts\none.feed.example\ntwo.feed.example # seen twice\nno host\ntwo.feed.example\n"
MAPPING = 'header = "first"\nname = "what"\n[observables]\nhost = "domain"\n'


@pytest.fixture
def node(tmp_path: Path) -> Iterator[NodePlace]:
    """A node that nobody serves."""
    bloc = make_bloc(tmp_path, profile="five", members=("XA",))
    yield bloc["XA"]
    bloc["XA"].stop()
    bloc.hub.stop()


def feed(node: NodePlace, content: bytes, *options: str, name: str = "list") -> Result:
    file = node.folder / "source"
    file.write_bytes(content)
    return CliRunner().invoke(app, ["feed", "load", str(node.folder), str(file), "--format", name, *options])


def counts(result: Result) -> dict[str, object]:
    found: dict[str, object] = json.loads(result.stdout)
    return found


def stored(node: NodePlace) -> list[dict[str, object]]:
    node.start()
    try:
        return [json.loads(raw) for raw in node.own_objects()]
    finally:
        node.stop()


def test_the_formats_are_those_that_are_installed() -> None:
    result = CliRunner().invoke(app, ["feed", "formats", "--json"])

    assert {"stix", "misp", "csv", "text", "list", "address-ranges"} <= json.loads(result.stdout).keys()


def test_the_objects_of_a_list_are_taken_and_the_other_lines_told(node: NodePlace) -> None:
    result = feed(node, LIST, "--tlp", "green", "--json")

    assert result.exit_code == 0
    assert counts(result)["taken"] == 2
    assert counts(result)["errors"] == 1
    assert "line 4: value is 'no host'" in str(counts(result)["reasons"])
    assert sorted(str(one["name"]) for one in stored(node)) == ["one.feed.example", "two.feed.example"]


def test_a_load_can_be_started_again(node: NodePlace) -> None:
    first = counts(feed(node, LIST, "--received-at", "2026-01-05T00:00:00Z", "--json"))
    second = counts(feed(node, LIST, "--received-at", "2026-01-05T00:00:00Z", "--json"))

    assert first == second
    assert len(stored(node)) == 2


def test_what_objects_do_not_state_is_as_the_command_says(node: NodePlace) -> None:
    bare = changed(indicator("XA", "bare.example"), extensions=None, object_marking_refs=None)
    feed(node, bare, "--tlp", "green", "--label", "GUARDED", "--releasable", "XB,NO", name="stix")
    node.start()
    (seen,) = node.get_json("/api/submissions")
    reached = node.get_json("/api/outcomes", object_id=str(seen["object_id"]))
    node.stop()

    assert (seen["tlp"], seen["tier"]) == ("TLP:GREEN", "C2")
    assert {code: one["effect"] for code, one in reached.items()} == {
        "XB": "PERMIT",
        "XC": "WITHHOLD",
        "XD": "WITHHOLD",
        "NO": "PERMIT",
    }


def test_a_bundle_is_taken_byte_for_byte_and_its_bad_objects_told(node: NodePlace) -> None:
    good, bad = indicator("XA", "good.example"), changed(indicator("XA", "bad.example"), pattern="[nonsense")
    bundle = b'{"type": "bundle", "id": "bundle--11111111-1111-4111-8111-111111111111", "objects": [%s, %s]}' % (
        good,
        bad,
    )
    result = counts(feed(node, bundle, "--json", name="stix"))
    node.start()
    own = node.own_objects()
    node.stop()

    assert (result["taken"], result["refused"], own) == (1, 1, [good])
    assert str(result["reasons"]).startswith("['object 2: ")


def test_a_table_is_read_by_its_mapping(node: NodePlace, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(MAPPING, "utf-8")
    result = feed(node, b"host,what\nhost.feed.example,Beacon\n", "--mapping", str(mapping), "--json", name="csv")

    assert counts(result)["taken"] == 1
    assert [one["name"] for one in stored(node)] == ["Beacon"]


def test_a_load_that_takes_nothing_ends_with_1(node: NodePlace) -> None:
    result = feed(node, b"no host at all\n")

    assert result.exit_code == 1
    assert "0 taken, 0 refused, 1 without an object" in result.stdout
    assert "line 1: " in result.stderr


def test_the_counts_are_told_in_words(node: NodePlace) -> None:
    assert "2 taken, 0 refused, 1 without an object" in feed(node, LIST).stdout


def test_nothing_of_the_progress_is_written_where_there_is_no_terminal(node: NodePlace) -> None:
    assert feed(node, b"192.0.2.77\n").stderr == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--tlp", "mauve"), "mauve"),
        (("--label", "COSMIC"), "label is 'COSMIC'"),
        (("--releasable", "XB,ZZ"), "releasable is 'ZZ'"),
        (("--received-at", "yesterday"), "received_at"),
        (("--mapping", "absent.toml"), "mapping 'absent.toml' cannot be read"),
    ],
)
def test_an_option_that_is_not_understood_is_refused(node: NodePlace, options: tuple[str, str], message: str) -> None:
    result = feed(node, LIST, *options)

    assert isinstance(result.exception, SettingsError)
    assert message in str(result.exception)
    assert stored(node) == []


def test_an_unknown_format_is_refused(node: NodePlace) -> None:
    result = feed(node, LIST, name="carrier-pigeon")

    assert isinstance(result.exception, SettingsError)
    assert "format is 'carrier-pigeon', expected one of address-ranges, csaf, csv" in str(result.exception)


def test_a_file_that_is_none_of_its_format_is_refused(node: NodePlace) -> None:
    result = feed(node, b"no bundle", name="stix")

    assert isinstance(result.exception, InvalidObjectError)
    assert stored(node) == []


def test_a_feed_may_be_loaded_while_the_node_is_served(node: NodePlace) -> None:
    node.start()
    result = feed(node, LIST, "--json")
    seen = len(node.own_objects())
    node.stop()

    assert (counts(result)["taken"], seen) == (2, 2)


def test_what_was_loaded_is_pushed(fresh: Bloc) -> None:
    options = ("--tlp", "green", "--label", "common:C1", "--releasable", "ALL")
    feed(fresh["XA"], LIST, *options)
    fresh["XA"].push()
    fresh["XB"].pull()

    assert len(fresh["XB"].served()) == 2


def test_two_members_that_load_one_list_under_one_name_are_both_heard(fresh: Bloc) -> None:
    options = ("--source", "one name", "--tlp", "green", "--label", "common:C1", "--releasable", "ALL")
    for code in ("XA", "XB"):
        feed(fresh[code], LIST, *options)
        fresh[code].push()
    fresh["NO"].pull()

    assert len(fresh["NO"].served()) == 4
