"""What an operator decides about a service: one TOML file, then ``COMITY_*`` from the environment, read once."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from comity.domain.member import Bloc
from comity.domain.tlp import TLP
from comity.errors import PolicyError, SettingsError
from comity.policy.bloc import CLASSIFICATION, MEMBERS, SECTORS, parse_bloc

FILE = "comity.toml"
SIGNING_KEY = "signing.key"
_PROFILES = files("comity_schemas.profiles")
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DOCUMENTS = (CLASSIFICATION, MEMBERS, SECTORS)


class Limits(BaseModel):
    """How much a service takes; each has a default that an honest client never meets."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    body_bytes: int = Field(default=100_000_000, gt=0, description="the largest body of a request, unpacked")
    envelope_objects: int = Field(default=50_000, gt=0, description="the most objects in one envelope")
    page_objects: int = Field(default=1_000, gt=0, description="the most objects in one page")


class IntakeSettings(BaseModel):
    """A collection for a member's own objects, and what it assumes of those that state nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tlp: str | None = Field(default=None, description="TLP label of objects without one")
    label: str | None = Field(default=None, description="classification label of objects without one")
    releasable: Literal["ALL"] | tuple[str, ...] | None = Field(
        default=None, description="who may receive objects that do not say"
    )


class PlainSettings(BaseModel):
    """A collection without sharing rules, for any TAXII client."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    root: str = Field(default="plain", description="the API root it is in")
    title: str
    alias: str | None = None
    description: str = ""
    access: Literal["read-write", "read-only", "write-only"] = "read-write"


class Settings(BaseSettings):
    """The configuration of one service."""

    model_config = SettingsConfigDict(env_prefix="COMITY_", extra="forbid", frozen=True)

    kind: Literal["node", "federation"]
    member: str = Field(default="", description="the member whose node this is")
    profile: str = Field(description="the bloc: a folder, or the name of a profile that comes with Comity")
    database: str = Field(description="sqlite:///FILE or postgresql://...")
    host: str = "127.0.0.1"
    port: int = Field(default=8800, ge=0, le=65535)
    federation: str = Field(default="", description="the address of the federation, such as https://hub.example")
    admission: str = Field(default="", description="the file with what the federation gave this member at admission")
    clock: str = Field(default="", description="the file of a simulated clock; empty for the real time")
    sync_seconds: int = Field(default=30, ge=0, description="how often a node pushes and pulls; 0 for only when asked")
    recall_confirmation_seconds: int = Field(
        default=300, ge=0, description="how long after the notice a purge is verified and confirmed"
    )
    signing_key: str = Field(default=SIGNING_KEY, description="the file with the key that the service signs with")
    ledger_seconds: int = Field(
        default=60, ge=0, description="how often a federation writes down who was served what; 0 for only when asked"
    )
    recall_deadline_seconds: int = Field(
        default=86_400, ge=0, description="after how long without a confirmation a recall is overdue at a member"
    )
    filing_days: int = Field(
        default=15, ge=0, description="within how many days an urgent release without an approval is reported"
    )
    questions_per_day: int = Field(
        default=100, ge=0, description="how many values a member may privately ask a federation about in a day"
    )
    contact: str = ""
    intake: dict[str, IntakeSettings] = Field(default_factory=lambda: {"own": IntakeSettings()})
    plain: tuple[PlainSettings, ...] = ()
    limits: Limits = Limits()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take the environment before what ``load`` read from the file."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings


def load(folder: Path) -> Settings:
    """Return the settings of the service in *folder*; relative paths in them are relative to it.

    Raises:
        SettingsError: there is no usable file; the message names the setting and what was expected.
    """
    path = folder / FILE
    if not path.is_file():
        raise SettingsError(f"no {FILE} in {str(folder)!r}, expected a folder made by 'comity node init' or the like")
    try:
        values = TomlConfigSettingsSource(Settings, toml_file=path)()
        settings = Settings(**values)
    except ValidationError as error:
        raise SettingsError("; ".join(_problem(each["loc"], each["msg"]) for each in error.errors())) from error
    except ValueError as error:
        raise SettingsError(f"{FILE}: {error}") from error
    return settings.model_copy(update=_absolute(settings, folder.resolve()))


def load_bloc(profile: str) -> Bloc:
    """Return the bloc of a profile: a folder, or the name of one that comes with Comity.

    Raises:
        PolicyError: the profile is missing or unusable.
    """
    folder: Traversable = Path(profile) if Path(profile).is_dir() else _PROFILES.joinpath(profile)
    if not folder.is_dir():
        raise PolicyError(f"no profile {profile!r}, expected a folder or one of {', '.join(profile_names())}")
    documents = {name: _yaml(folder.joinpath(name)) for name in _DOCUMENTS if folder.joinpath(name).is_file()}
    chapters = folder.joinpath("chapters")
    texts = {
        entry.name: entry.read_text("utf-8")
        for entry in (chapters.iterdir() if chapters.is_dir() else ())
        if entry.name.endswith(".cedar")
    }
    return parse_bloc(documents, texts)


def profile_names() -> list[str]:
    """Return the names of the profiles that come with Comity."""
    return sorted(entry.name for entry in _PROFILES.iterdir() if entry.joinpath(MEMBERS).is_file())


def tlp_of(text: str | None) -> TLP | None:
    """Return the TLP label that a setting names.

    Raises:
        SettingsError: it is none.
    """
    try:
        return None if text is None else TLP.parse(text)
    except ValueError as error:
        raise SettingsError(f"tlp: {error}") from error


def _yaml(path: Traversable) -> object:
    try:
        return yaml.load(path.read_text("utf-8"), Loader=_Loader)  # noqa: S506  # both loaders are safe ones
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path.name}: no YAML: {error}") from error


def _problem(place: tuple[int | str, ...], message: str) -> str:
    return f"{FILE}: {'.'.join(map(str, place))}: {message}"


def _absolute(settings: Settings, folder: Path) -> dict[str, str]:
    changed = {}
    for name in ("admission", "clock", "signing_key"):
        value = getattr(settings, name)
        if value:
            changed[name] = str(folder / value)
    if settings.database.startswith("sqlite:///"):
        changed["database"] = f"sqlite:///{folder / settings.database.removeprefix('sqlite:///')}"
    if (folder / settings.profile).is_dir():
        changed["profile"] = str(folder / settings.profile)
    return changed
