"""Settings: the environment before the file, the file before the defaults; and what is said of those that are wrong."""

from pathlib import Path

import pytest
from comity.errors import SettingsError
from comity.settings import load, read_sources

NODE = 'kind = "node"\nmember = "XA"\nprofile = "five"\ndatabase = "sqlite:///n.db"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "comity.toml").write_text(NODE + '[limits]\npage_objects = 7\n[intake.own]\ntlp = "green"\n', "utf-8")
    return tmp_path


def test_a_value_in_a_table_is_named_with_two_underscores(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMITY_LIMITS__BODY_BYTES", "500")
    monkeypatch.setenv("COMITY_INTAKE__OWN__LABEL", "common:C1")
    settings = load(folder)

    assert (settings.limits.body_bytes, settings.limits.page_objects) == (500, 7)
    assert (settings.intake["own"].tlp, settings.intake["own"].label) == ("green", "common:C1")


def test_the_environment_comes_before_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMITY_LIMITS__PAGE_OBJECTS", "8")

    assert load(folder).limits.page_objects == 8


def test_a_value_comes_before_the_json_of_its_table(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMITY_LIMITS", '{"page_objects": 9, "body_bytes": 600}')
    monkeypatch.setenv("COMITY_LIMITS__PAGE_OBJECTS", "8")
    settings = load(folder)

    assert (settings.limits.page_objects, settings.limits.body_bytes) == (8, 600)


def test_the_origin_of_each_setting_is_known(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMITY_LIMITS__BODY_BYTES", "500")
    monkeypatch.setenv("COMITY_PLAIN", '[{"title": "All"}]')
    sources = read_sources(folder)
    places = (
        ("member",),
        ("port",),
        ("limits", "body_bytes"),
        ("limits", "page_objects"),
        ("limits", "nesting"),
        ("plain", 0, "title"),
        ("plain", 1, "title"),
    )

    assert [sources.origin(place) for place in places] == [
        "file",
        "default",
        "environment",
        "file",
        "default",
        "environment",
        "default",
    ]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("COMITY_PORT", "x", "environment: COMITY_PORT: "),
        ("COMITY_LIMITS__BODY_BYTES", "0", "environment: COMITY_LIMITS__BODY_BYTES: "),
        ("COMITY_LIMITS__PAGES", "1", "environment: COMITY_LIMITS__PAGES: "),
        ("COMITY_LIMITS", "{", "environment: .*limits.*expected JSON"),
    ],
)
def test_a_wrong_variable_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError, match=said):
        load(folder)


def test_a_wrong_value_in_the_file_is_named(folder: Path) -> None:
    (folder / "comity.toml").write_text(NODE + "[limits]\nnesting = 1000\n", "utf-8")

    with pytest.raises(SettingsError, match=r"comity\.toml: limits\.nesting: "):
        load(folder)


@pytest.mark.parametrize("name", ["tls_certificate", "tls_key", "tls_client_ca", "federation_ca", "federation_key"])
def test_files_are_found_in_the_folder(folder: Path, name: str) -> None:
    (folder / "comity.toml").write_text(NODE + f'{name} = "some.pem"\n', "utf-8")

    assert getattr(load(folder), name) == str(folder.resolve() / "some.pem")
