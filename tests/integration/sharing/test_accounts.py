"""Secrets that are replaced, and folders that are left clean."""

from pathlib import Path

import pytest
from comity.app.node_service import add_desk, open_node
from comity.cli.main import app
from comity.domain.desk import Role
from comity.domain.purpose import Purpose
from comity.errors import SyncError
from comity.settings import load
from comity.store.accounts import new_token
from comity.transport.client import ServiceClient
from typer.testing import CliRunner

from tests.integration.sharing.services import Bloc


def test_a_token_that_another_process_replaced_opens_nothing_from_then_on(fresh: Bloc) -> None:
    node = fresh["XA"]
    old = ServiceClient(node.listener.address, token=node.tokens[Role.CERT])
    old.get("/comity/collections/")
    beside = open_node(load(node.folder))
    renewed = new_token()
    add_desk(beside, Role.CERT, role=Role.CERT, purposes=tuple(Purpose), password=None, token=renewed)
    beside.close()
    with old, pytest.raises(SyncError, match="status 401"):
        old.get("/comity/collections/")

    node.tokens[Role.CERT] = renewed
    assert node.served() == []


@pytest.mark.parametrize(
    "wrong",
    [
        ["--member", "ZZ"],
        ["--member", "XA", "--database", "sqlite:///no/such/folder.db"],
        ["--member", "XA", "--port", "-1"],
    ],
)
def test_a_node_that_cannot_be_made_leaves_nothing_behind(tmp_path: Path, wrong: list[str]) -> None:
    secret = tmp_path / "given.json"
    secret.write_text("{}")
    folder = tmp_path / "node"
    options = ["--profile", "five", "--federation", "http://127.0.0.1:1", "--admission", str(secret)]
    result = CliRunner().invoke(app, ["node", "init", str(folder), *wrong, *options])

    assert result.exit_code != 0
    assert not folder.exists()


def test_a_second_node_in_the_same_folder_leaves_the_first_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "node"
    secret = tmp_path / "given.json"
    secret.write_text("{}")
    made = CliRunner().invoke(app, ["node", "init", str(folder), "--member", "XA", "--profile", "five"])
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    options = ["--member", "XB", "--profile", "five", "--admission", str(secret)]
    again = CliRunner().invoke(app, ["node", "init", str(folder), *options])

    assert (made.exit_code, again.exit_code) == (0, 1)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
