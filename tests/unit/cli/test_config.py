"""``comity config show`` and ``comity --version``."""

import json
from importlib import metadata
from pathlib import Path

import pytest
from comity.cli.main import app
from typer.testing import CliRunner

SECRET = "hunter2"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lines = (
        'kind = "node"',
        'member = "XA"',
        'profile = "five"',
        f'database = "postgresql://user:{SECRET}@db.example/n?password={SECRET}&x=1"',
        f'federation = "https://user:{SECRET}@hub.example"',
        'contact = "mailto:soc@xa.example"',
        "[[plain]]",
        'title = "All"',
        "[limits]",
        "nesting = 40",
    )
    (tmp_path / "comity.toml").write_text("\n".join(lines), "utf-8")
    return tmp_path


def shown(folder: Path, *options: str) -> str:
    result = CliRunner().invoke(app, ["config", "show", str(folder), *options])
    assert result.exit_code == 0, result.output
    return result.output


def test_every_setting_is_shown_with_its_origin(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMITY_LIMITS__BODY_BYTES", "500")
    lines = shown(folder).splitlines()

    assert 'plain.0.title = "All"  # file' in lines
    assert "limits.nesting = 40  # file" in lines
    assert "limits.body_bytes = 500  # environment" in lines
    assert "port = 8800  # default" in lines


def test_json_says_the_same(folder: Path) -> None:
    found = json.loads(shown(folder, "--json"))

    assert found["limits.nesting"] == {"value": 40, "origin": "file"}
    assert len(found) == len(shown(folder).splitlines())


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_passwords_are_masked_and_nothing_else(folder: Path, options: tuple[str, ...]) -> None:
    text = shown(folder, *options)

    assert SECRET not in text
    assert "postgresql://user:***@db.example/n?password=***&x=1" in text
    assert "https://user:***@hub.example" in text
    assert "mailto:soc@xa.example" in text


def test_the_version_is_that_of_the_package() -> None:
    result = CliRunner().invoke(app, ["--version"])

    assert (result.exit_code, result.output) == (0, f"comity {metadata.version('comity')}\n")
