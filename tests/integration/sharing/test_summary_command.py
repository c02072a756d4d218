"""``comity summary`` and ``comity duty``: from returns to an edition in every format, and to public tables."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from comity.cli.main import app
from comity.errors import ComityError, InvalidRequestError, NotFoundError, RefusedError, SettingsError
from typer.testing import CliRunner, Result

from tests.integration.sharing.objects import id_of
from tests.integration.sharing.services import Bloc, make_bloc
from tests.integration.sharing.test_oversight import incident

PERIOD = ("--from", "2026-01-01", "--to", "2026-04-01")
CASES = "class,count\nfraud,12\nintrusions,\navailability,4\n"


@pytest.fixture(scope="module")
def bloc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bloc]:
    """A bloc whose federation is served, and whose nodes are not."""
    made = make_bloc(tmp_path_factory.mktemp("commands"), profile="five", members=("XA", "XB", "NO"))
    made.hub.start()
    for member in ("XA", "XB", "NO"):
        (made[member].folder / "cases.csv").write_text(CASES, "utf-8")
        result = run("report", made[member].folder, *PERIOD, "--cases", str(made[member].folder / "cases.csv"))
        assert (result.exit_code, result.stdout) == (0, f"return of {member} made: 0 reports; sent\n")
    yield made
    for place in (*made.nodes.values(), made.hub):
        place.stop()


def run(command: str, folder: Path, *options: str, group: str = "summary") -> Result:
    return CliRunner().invoke(app, [group, command, str(folder), *options])


@pytest.fixture(scope="module")
def edition(bloc: Bloc) -> dict[str, object]:
    result = run("edition", bloc.hub.folder, *PERIOD, "--json")
    assert result.exception is None
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_an_edition_is_made_once_of_all_returns(bloc: Bloc, edition: dict[str, object]) -> None:
    again = run("edition", bloc.hub.folder, *PERIOD)

    assert edition["members"] == ["NO", "XA", "XB"]
    assert isinstance(again.exception, RefusedError)


def test_every_format_comes_of_one_document(bloc: Bloc, edition: dict[str, object], tmp_path: Path) -> None:
    out = tmp_path / "edition"
    formats = {}
    for form in ("json", "csv", "pdf"):
        assert run("show", bloc.hub.folder, "--format", form, "--out", str(out)).exit_code == 0
        formats[form] = out.read_bytes()
    rows = list(csv.reader(io.StringIO(formats["csv"].decode())))

    assert json.loads(formats["json"])["number"] == edition["number"]
    assert [
        "3",
        "By sector, class, root cause and layer",
        "Ordinary cases by member and class",
        "all",
        "fraud",
        "36",
    ] in rows
    assert formats["pdf"].startswith(b"%PDF-")
    assert "Cross-border summary, edition 1" in run("show", bloc.hub.folder).stdout


def test_a_number_that_nobody_gave_is_not_shared(bloc: Bloc, edition: dict[str, object]) -> None:
    document = json.loads(run("show", bloc.hub.folder, "--format", "json").stdout)
    sheets = {sheet["id"]: sheet for section in document["sections"] for sheet in section["sheets"]}
    place = sheets["cases"]["header"].index("intrusions") - 1

    assert {row["cells"][place] for row in sheets["cases"]["rows"]} == {"not shared"}


def test_the_audit_stays_with_the_federation(bloc: Bloc, edition: dict[str, object]) -> None:
    assert json.loads(run("audit", bloc.hub.folder).stdout)["k"] == 3
    assert isinstance(run("audit", bloc["XA"].folder).exception, SettingsError)


def test_a_public_table_is_paid_for_once(bloc: Bloc) -> None:
    first = run("public", bloc.hub.folder, *PERIOD)
    second = run("public", bloc.hub.folder, "--from", "2026-03-01", "--to", "2026-04-01")
    ledger = json.loads(run("ledger", bloc.hub.folder, "--json").stdout)
    rows = list(csv.reader(io.StringIO(first.stdout)))

    assert rows[0] == ["table", "name", "count with noise"]
    assert all(int(row[2]) >= 0 for row in rows[1:])
    assert isinstance(second.exception, RefusedError)
    assert {one["table"] for one in ledger} == {"sector", "class", "layer", "cases"}
    assert {one["epsilon"] for one in ledger} == {"1"}


@pytest.mark.parametrize(
    ("command", "options", "error"),
    [
        ("report", ("--from", "yesterday", "--to", "2026-04-01"), InvalidRequestError),
        ("report", ("--from", "2026-04-01", "--to", "2026-01-01"), InvalidRequestError),
        ("report", ("--from", "2026-01-01", "--to", "2999-01-01"), InvalidRequestError),
        ("report", PERIOD, RefusedError),
        ("report", (*PERIOD, "--cases", "nowhere.csv"), SettingsError),
        ("show", ("--number", "7"), NotFoundError),
        ("edition", PERIOD, SettingsError),
        ("public", PERIOD, SettingsError),
    ],
)
def test_what_cannot_be_is_refused(
    bloc: Bloc, command: str, options: tuple[str, ...], error: type[ComityError]
) -> None:
    assert isinstance(run(command, bloc["XA"].folder, *options).exception, error)


def test_countdowns_are_listed_and_filings_recorded(bloc: Bloc) -> None:
    raw = incident("XA", "Harbour down")
    bloc["XA"].start()
    bloc["XA"].submit(raw)
    bloc["XA"].stop()
    listed = json.loads(run("list", bloc["XA"].folder, "--json", group="duty").stdout)
    filed = run("file", bloc["XA"].folder, id_of(raw), "xa-net", "--at", "2026-03-04T08:00:00Z", group="duty")
    again = run("file", bloc["XA"].folder, id_of(raw), "xa-net", group="duty")

    assert [(clock["regime"], clock["state"]) for clock in listed[0]["clocks"]] == [("Network Act", "met")]
    assert filed.stdout == "xa-net recorded\n"
    assert isinstance(again.exception, RefusedError)
    assert "Network Act" in run("list", bloc["XA"].folder, group="duty").stdout
