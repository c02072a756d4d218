"""The guide for clients does what it says: its commands and settings make a node that any client can use."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from comity.app.node_service import open_node
from comity.app.serving import node_app
from comity.cli.main import app
from comity.settings import load
from comity.taxii.media_type import TAXII
from typer.testing import CliRunner

from tests.conformance.world import envelope, indicator, served

GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "clients.md").read_text("utf-8")
SECRET = "a long secret"
HEADERS = {"Accept": TAXII, "Content-Type": TAXII}


def commands() -> list[list[str]]:
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    return [shlex.split(line) for block in blocks for line in block.splitlines() if line.startswith("comity ")]


def settings() -> str:
    (block,) = re.findall(r"^```toml\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    return str(block)


def run(folder: Path, words: list[str]) -> None:
    placed = [str(folder / word) if word in {"aria", "client.secret"} else word for word in words]
    result = CliRunner().invoke(app, placed)
    assert result.exit_code == 0, (words, result.output, result.exception)


@pytest.fixture(scope="module")
def guided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a node that was set up word for word as the guide says."""
    folder = tmp_path_factory.mktemp("guide")
    init, *rest = [words[1:] for words in commands()]
    run(folder, init)
    with (folder / "aria" / "comity.toml").open("a") as file:
        file.write(settings())
    (folder / "client.secret").write_text(f"{SECRET}\n")
    served_last = rest.pop()
    assert served_last == ["node", "serve", "aria"]
    for words in rest:
        run(folder, words)
    return folder / "aria"


@pytest.fixture(scope="module")
def address(guided: Path) -> Iterator[str]:
    """Return where the node of the guide answers."""
    service = open_node(load(guided))
    with served(node_app(service)) as running:
        yield running.base
    service.close()


def listed(address: str, root: str, user: str) -> dict[str, tuple[bool, bool]]:
    answer = httpx.get(f"{address}/{root}/collections/", headers=HEADERS, auth=(user, SECRET))
    return {each["title"]: (each["can_read"], each["can_write"]) for each in answer.json().get("collections", [])}


def test_discovery_names_every_root(address: str) -> None:
    roots = httpx.get(f"{address}/taxii2/", headers=HEADERS).json()["api_roots"]

    assert roots == ["/comity/", "/laboratory/", "/partners/"]


def test_the_limits_are_in_force(address: str) -> None:
    auth = ("sensor", SECRET)
    limits = tomllib.loads(settings())["limits"]

    root = httpx.get(f"{address}/partners/", headers=HEADERS, auth=auth).json()
    too_large = envelope(indicator()) + b" " * limits["body_bytes"]
    answer = httpx.post(
        f"{address}/partners/collections/exchange/objects/", content=too_large, headers=HEADERS, auth=auth
    )

    assert root["max_content_length"] == limits["body_bytes"]
    assert answer.status_code == 413


def test_a_client_sees_what_the_settings_give_it(address: str) -> None:
    assert listed(address, "partners", "sensor") == {
        "Exchange": (True, True),
        "Bulletins": (True, False),
        "Reports": (False, True),
    }
    assert listed(address, "laboratory", "sensor") == {"Exchange": (True, True)}


def test_other_desks_see_nothing(address: str) -> None:
    assert listed(address, "partners", "nobody") == {}


@pytest.mark.parametrize(
    ("alias", "writer", "reader"),
    [("exchange", "sensor", "sensor"), ("bulletins", "operator", "sensor"), ("reports", "sensor", "operator")],
)
def test_what_one_puts_in_the_other_reads(address: str, alias: str, writer: str, reader: str) -> None:
    url = f"{address}/partners/collections/{alias}/objects/"
    one = indicator()

    posted = httpx.post(url, content=envelope(one), headers=HEADERS, auth=(writer, SECRET))
    found = httpx.get(url, headers=HEADERS, auth=(reader, SECRET)).json()["objects"]

    assert posted.status_code == 202
    assert found == [one]


@pytest.mark.parametrize(("method", "alias"), [("POST", "bulletins"), ("GET", "reports")])
def test_what_the_settings_do_not_give_is_forbidden(address: str, method: str, alias: str) -> None:
    url = f"{address}/partners/collections/{alias}/objects/"

    assert httpx.request(method, url, headers=HEADERS, auth=("sensor", SECRET)).status_code == 403


def test_a_changed_setting_holds_for_the_accounts_there_are(guided: Path) -> None:
    file = guided / "comity.toml"
    before = file.read_text()
    file.write_text(before.replace('access = "write-only"', 'access = "read-only"'))
    service = open_node(load(guided))
    with served(node_app(service)) as running:
        found = listed(running.base, "partners", "sensor")["Reports"]
    service.close()
    file.write_text(before)

    assert found == (True, False)
