"""What the documentation names exists, and what it says of settings, commands and identifiers is so."""

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from comity.cli.main import app
from comity.domain.label import RELEASE_ALL
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.node.catalogue import parse_catalogue
from comity.settings import AlertSettings, IntakeSettings, Limits, PlainSettings, Settings, SummarySettings, load_bloc
from comity.stix.labels import Defaults, label_of
from comity.stix.objects import parse_object
from comity_schemas.extensions import DEFINITIONS, EXERCISE_MARKING
from comity_schemas.stix import TLP_EXTENSION
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

ROOT = Path(__file__).parents[3]
PAGES = sorted([ROOT / "README.md", ROOT / "deploy" / "README.md", *(ROOT / "docs").rglob("*.md")])
GUIDES = ROOT / "docs" / "guides"
TABLES: tuple[tuple[str, type[BaseModel]], ...] = (
    ("", Settings),
    ("intake.NAME.", IntakeSettings),
    ("plain.", PlainSettings),
    ("limits.", Limits),
    ("summary.", SummarySettings),
    ("alerts.", AlertSettings),
)
LINK = re.compile(r"\]\((?![a-z]+:)([^)]+)\)")
FENCED = re.compile(r"^ *```[a-z]*\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`([^`\n]+)`")
INVOKED = re.compile(r"(?:^|[\s(/])comity (?=[a-z])")
EXTENSION = re.compile(r"extension-definition--[0-9a-f-]{36}")

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def text_of(page: Path) -> str:
    return page.read_text("utf-8")


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as forges make them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def leads_somewhere(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    return target.exists() and (not anchor or anchor in anchors(text_of(target)))


@every_page
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    assert [link for link in LINK.findall(text_of(page)) if not leads_somewhere(page, link)] == []


def commands_in(text: str) -> Iterator[list[str]]:
    """Yield the words behind every ``comity`` that stands in code; a backslash continues a line."""
    code = [*FENCED.findall(text), *INLINE.findall(FENCED.sub("", text))]
    for line in "\n".join(code).replace("\\\n", " ").splitlines():
        for part in re.split(r"&&|\|| #|;|\$\(", line):
            if found := INVOKED.search(part):
                yield shlex.split(part[found.end() :].rstrip(" &)").replace("'", "").replace('"', ""))


def unknown_words(words: list[str]) -> list[str]:
    """Return the subcommands and options among *words* that the command line does not have."""
    command: Any = typer.main.get_command(app)
    rest = list(words)
    while rest and hasattr(command, "commands"):
        if rest[0] not in command.commands:
            return [] if rest[0].startswith("-") else [rest[0]]
        command = command.commands[rest.pop(0)]
    options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    return [word for word in rest if word.startswith("--") and word not in options]


@every_page
def test_every_command_and_option_shown_exists(page: Path) -> None:
    shown = list(commands_in(text_of(page)))

    assert [(words, unknown) for words in shown if (unknown := unknown_words(words))] == []


def test_commands_are_found_in_code() -> None:
    text = "Use `comity check X`:\n```\nT=$(comity desk add a b --role soc | sed 1)\ncomity nod serve &\n```\n"

    assert list(commands_in(text)) == [["desk", "add", "a", "b", "--role", "soc"], ["nod", "serve"], ["check", "X"]]


@pytest.mark.parametrize("words", [["nod", "serve"], ["node", "server"], ["node", "push", "x", "--jason"]])
def test_a_command_that_is_not_there_is_noticed(words: list[str]) -> None:
    assert unknown_words(words) != []


def shown_default(field: FieldInfo) -> str:
    """Return the default of a setting as settings.md writes it."""
    value = field.get_default(call_default_factory=True, validated_data={})
    match value:
        case _ if value is PydanticUndefined:
            return "required"
        case "":
            return "empty"
        case None | ():
            return "none"
        case BaseModel():
            return "see below"
        case dict() | tuple():
            return ", ".join(f"`{name}`" for name in value)
        case _:
            return f"`{value}`"


def settings_rows() -> Iterator[tuple[str, FieldInfo]]:
    return ((prefix + name, field) for prefix, model in TABLES for name, field in model.model_fields.items())


def documented_settings() -> dict[str, tuple[str, str]]:
    rows = re.findall(r"^\| `([\w.]+)` \| (.+?) \| (.+) \|$", text_of(GUIDES / "settings.md"), re.MULTILINE)
    return {name: (default, meaning) for name, default, meaning in rows}


def test_every_setting_is_documented_with_its_default() -> None:
    documented = {name: default for name, (default, _) in documented_settings().items()}

    assert documented == {name: shown_default(field) for name, field in settings_rows()}


def test_settings_mean_what_the_code_says_they_mean() -> None:
    documented = documented_settings()
    differing = [
        (name, field.description)
        for name, field in settings_rows()
        if field.description and not documented[name][1].replace("`", "").replace('"', "").startswith(field.description)
    ]

    assert differing == []


def test_the_example_of_settings_can_be_used() -> None:
    found = re.search(r"## An example\n```toml\n(.*?)```", text_of(GUIDES / "settings.md"), re.DOTALL)
    assert found is not None

    settings = Settings(**tomllib.loads(found.group(1)))

    assert set(settings.intake) == {"own", "feeds"}


def test_standards_name_our_extensions_and_no_others() -> None:
    text = text_of(GUIDES / "standards.md")
    rows = re.findall(rf"^\| `([\w-]+)` \| `({EXTENSION.pattern})` \|", text, re.MULTILINE)

    assert dict(rows) == {definition["name"]: definition["id"] for definition in DEFINITIONS}
    assert set(EXTENSION.findall(text)) == {identifier for _, identifier in rows} | {TLP_EXTENSION}
    assert EXERCISE_MARKING in text


@every_page
def test_no_page_names_an_extension_that_is_not_there(page: Path) -> None:
    known = {definition["id"] for definition in DEFINITIONS} | {TLP_EXTENSION}

    assert set(EXTENSION.findall(text_of(page))) - known == set()


def test_modules_named_in_the_standards_exist() -> None:
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_]*(?:\.py)?)`", text_of(GUIDES / "standards.md"))
    places = (ROOT / "services" / "comity", ROOT / "schemas", ROOT)

    assert [name for name in named if not any((place / name).exists() for place in places)] == []


def test_every_feed_is_documented() -> None:
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]
    rows = set(re.findall(r"^\| `([\w-]+)` \|", text_of(GUIDES / "feeds.md"), re.MULTILINE))

    assert set(project["entry-points"]["comity.feeds"]) - rows == set()


def test_the_catalogue_in_the_guide_can_be_used() -> None:
    found = re.search(r"```toml\n(allow = .*?)```", text_of(GUIDES / "feeds.md"), re.DOTALL)
    assert found is not None
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]["entry-points"]

    feeds = parse_catalogue(tomllib.loads(found.group(1))).feed

    assert {one.format for one in feeds.values()} <= project["comity.feeds"].keys()
    assert {one.walk for one in feeds.values()} <= project["comity.feed_walks"].keys()


def test_every_architecture_decision_has_its_number_and_parts() -> None:
    wanted = ("Status: ", "## Context", "## Decision", "## Consequences")
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))
    incomplete = [
        page.name
        for page in pages
        if not text_of(page).startswith(f"# {page.name[:4]} ") or any(part not in text_of(page) for part in wanted)
    ]

    assert incomplete == []
    assert len({page.name[:4] for page in pages}) == len(pages)


def test_the_object_in_the_readme_is_released_to_all() -> None:
    found = re.search(r"```json\n(.*?)```", text_of(ROOT / "README.md"), re.DOTALL)
    assert found is not None
    (item,) = json.loads(found.group(1))["objects"]
    obj = parse_object(json.dumps(item).encode())

    label = label_of(obj, bloc=load_bloc("five"), origin="XA", defaults=Defaults(), known_markings=(), now=0).label

    assert (label.tlp, label.tier, label.releasable) == (TLP.GREEN, Tier.C1, RELEASE_ALL)


def test_the_rule_in_the_guide_is_the_one_in_force() -> None:
    found = re.search(r"```cedar\n(.*?)```", text_of(GUIDES / "sharing-rules.md"), re.DOTALL)
    assert found is not None

    assert found.group(1).strip() in load_bloc("five").chapters["member-XB.cedar"]
