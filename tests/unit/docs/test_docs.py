"""What the documentation names exists."""

import re
from pathlib import Path

import pytest
import typer
from comity.cli.main import app
from comity.settings import Settings
from comity_schemas.extensions import RELEASE

ROOT = Path(__file__).parents[3]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
COMMAND = re.compile(r"\bcomity ((?:federation|node|desk) [a-z]+|[a-z]+)\b")


def words(command: typer.main.TyperCommand | typer.main.TyperGroup) -> set[str]:
    """Return the subcommands of a command, and those of them."""
    found = set()
    for name, child in getattr(command, "commands", {}).items():
        found |= {name, *(f"{name} {each}" for each in getattr(child, "commands", {}))}
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = [link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]

    assert broken == []


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "guides" / "settings.md").read_text("utf-8")

    assert [name for name in Settings.model_fields if f"`{name}`" not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_shown_exists(page: Path) -> None:
    shown = {
        match
        for code in re.findall(r"```\n(.*?)```|`([^`\n]+)`", page.read_text("utf-8"), re.DOTALL)
        for part in code
        for match in COMMAND.findall(part)
    }

    assert shown - words(typer.main.get_command(app)) == set()


def test_the_release_extension_in_the_readme_is_the_real_one() -> None:
    assert RELEASE in (ROOT / "README.md").read_text("utf-8")
