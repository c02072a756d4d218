"""Warning lists at work: noted at intake, shown before anything is shared, and in nobody's way."""

from pathlib import Path

import pytest
from comity.app.node_service import open_node
from comity.cli.main import app
from comity.settings import load
from comity.store import warned
from typer.testing import CliRunner


def test_what_is_on_a_list_is_taken_in_and_noted(node: Path, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("192.168.1.1\nlure-harbour.com\n", "utf-8")
    result = CliRunner().invoke(app, ["feed", "load", str(node), str(file), "--format", "list", "--tlp", "green"])
    service = open_node(load(node))
    rows = service.node.store.read().exec_driver_sql("SELECT object_id FROM submissions").scalars().all()
    noted = warned.noted(service.node.store.read(), list(rows))
    service.close()

    assert "2 taken" in result.stdout
    assert list(noted.values()) == [("addresses of special use",)]


@pytest.mark.parametrize(("value", "said"), [("192.168.1.1", True), ("1.1.1.1", False)])
def test_trying_a_file_warns_before_anything_is_shared(node: Path, tmp_path: Path, value: str, said: bool) -> None:
    file = tmp_path / "list.txt"
    file.write_text(f"{value}\n", "utf-8")
    result = CliRunner().invoke(app, ["feed", "try", str(node), str(file), "--format", "list"])

    assert result.exit_code == 0
    assert ("on the list 'addresses of special use'" in result.stderr) is said
