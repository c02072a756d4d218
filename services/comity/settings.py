"""What an operator decides about a service: one TOML file, then ``COMITY_*`` from the environment, read once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import (
    SettingsError as PydanticSettingsError,
)

from comity.domain.member import Bloc
from comity.domain.tlp import TLP
from comity.errors import PolicyError, SettingsError
from comity.policy.bloc import MEMBERS
from comity.policy.policies import DOCUMENTS, Policy

FILE = "comity.toml"
SIGNING_KEY = "signing.key"
_PROFILES = files("comity_schemas.profiles")
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FILES = (
    "admission",
    "clock",
    "federation_ca",
    "federation_certificate",
    "feeds",
    "signing_key",
    "warning_lists",
    "telemetry",
    "federation_key",
    "tls_certificate",
    "tls_client_ca",
    "tls_key",
)
"""Settings that name a file."""


class Limits(BaseModel):
    """How much a service takes; each has a default that an honest client never meets."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    body_bytes: int = Field(default=100_000_000, gt=0, description="the largest body of a request, unpacked")
    envelope_objects: int = Field(default=50_000, gt=0, description="the most objects in one envelope")
    page_objects: int = Field(default=1_000, gt=0, description="the most objects in one page")
    object_bytes: int = Field(default=1 << 20, gt=0, description="the largest object")
    nesting: int = Field(default=50, gt=0, le=200, description="how many levels deep an object may be nested")
    string_length: int = Field(default=1 << 20, gt=0, description="the longest string in an object, in characters")
    head_seconds: int = Field(default=5, gt=0, description="how long the head of a request may take to arrive")
    request_seconds: int = Field(default=60, gt=0, description="how long a whole request may take to arrive")
    answer_seconds: int = Field(
        default=60, gt=0, description="how long a client may leave an answer unread before it is disconnected"
    )
    connections: int = Field(default=1_000, gt=0, description="the most open connections")
    desk_requests_per_second: int = Field(
        default=2_000, gt=0, description="how many requests a second a desk may make in the long run"
    )
    desk_burst: int = Field(default=200_000, gt=0, description="how many more a desk may make at once after a pause")
    desk_concurrency: int = Field(
        default=32, gt=0, description="how many requests of one desk are worked on at the same time"
    )
    address_requests_per_second: int = Field(
        default=50, gt=0, description="how many requests a second may come from one address without a known account"
    )
    address_burst: int = Field(default=2_000, gt=0, description="how many more may come at once after a pause")
    address_concurrency: int = Field(
        default=32, gt=0, description="how many requests of one such address are worked on at the same time"
    )


class SummarySettings(BaseModel):
    """What the federation's editions of the summary hide; the bloc's committee decides on the numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    k: int = Field(default=3, ge=2, le=100, description="the smallest count that is published, besides zero")
    contributors: int = Field(default=3, ge=2, description="the fewest members that a sum over the bloc rests on")
    dominance: float = Field(
        default=0.1, gt=0, lt=1, description="how closely the second largest contributor may estimate the largest"
    )
    budget: str = Field(
        default="1",
        pattern="^[0-9]+(/[1-9][0-9]*|[.][0-9]+)?$",
        description="epsilon for each public table and quarter",
    )


class AlertSettings(BaseModel):
    """How a node tells people that a saved search finds something new."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(default=True, description="whether anything is told at all")
    link: str = Field(default="", description="the address of the pages as people reach them, for the link in an alert")
    allowed: tuple[str, ...] = Field(
        default=(), description="inner hosts and networks that webhooks may be at, over http too"
    )
    mail_host: str = Field(default="", description="the server that takes e-mail; empty for none")
    mail_port: int = Field(default=587, ge=1, le=65535)
    mail_tls: Literal["starttls", "tls", "none"] = "starttls"
    mail_sender: str = Field(default="", description="the address that e-mail comes from")
    mail_user: str = ""
    mail_password: SecretStr | None = Field(default=None, description="better given in the environment")


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

    model_config = SettingsConfigDict(env_prefix="COMITY_", env_nested_delimiter="__", extra="forbid", frozen=True)

    kind: Literal["node", "federation"]
    member: str = Field(default="", description="the member whose node this is")
    profile: str = Field(description="the bloc: a folder, or the name of a profile that comes with Comity")
    database: str = Field(description="sqlite:///FILE or postgresql://...")
    host: str = "127.0.0.1"
    port: int = Field(default=8800, ge=0, le=65535)
    tls_certificate: str = Field(
        default="", description="a PEM file with the certificate of the service and those it was issued under"
    )
    tls_key: str = Field(default="", description="the PEM file of its key; with both, the service speaks only https")
    tls_client_ca: str = Field(
        default="", description="a PEM file with authorities; clients without a certificate of theirs are refused"
    )
    proxies: tuple[str, ...] = Field(
        default=("127.0.0.1", "::1"), description="proxies that are believed about the address and scheme of clients"
    )
    compression: bool = Field(default=True, description="whether answers are compressed for clients that ask for it")
    federation: str = Field(default="", description="the address of the federation, such as https://hub.example")
    federation_ca: str = Field(
        default="", description="a PEM file with the only authorities that the federation's certificate may come from"
    )
    federation_certificate: str = Field(
        default="", description="a PEM file with the certificate that a node shows the federation"
    )
    federation_key: str = Field(default="", description="the PEM file of its key")
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
    feeds: str = Field(default="", description="the catalogue of feeds, a TOML file; empty for none")
    warning_lists: str = Field(
        default="", description="a folder of warning lists in the format of MISP; empty for those that come with Comity"
    )
    telemetry: str = Field(default="telemetry", description="the folder in which telemetry is kept for hunting")
    contact: str = ""
    intake: dict[str, IntakeSettings] = Field(default_factory=lambda: {"own": IntakeSettings()})
    plain: tuple[PlainSettings, ...] = ()
    alerts: AlertSettings = AlertSettings()
    limits: Limits = Limits()
    summary: SummarySettings = SummarySettings()

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
    given = read_sources(folder)
    try:
        settings = Settings(**given.file)
    except ValidationError as error:
        raise SettingsError("; ".join(_problem(each["loc"], each["msg"], given) for each in error.errors())) from error
    return settings.model_copy(update=_absolute(settings, folder.resolve()))


@dataclass(frozen=True, slots=True)
class Sources:
    """What is given in the settings file and in the environment, before it is checked."""

    file: Mapping[str, Any]
    environment: Mapping[str, Any]

    def origin(self, place: Sequence[str | int]) -> str:
        """Return where the setting at *place* comes from: ``environment``, ``file`` or ``default``."""
        for name, values in (("environment", self.environment), ("file", self.file)):
            if _holds(values, place):
                return name
        return "default"


def read_sources(folder: Path) -> Sources:
    """Return what the settings file in *folder* and the environment give.

    Raises:
        SettingsError: there is no usable file, or a variable is no JSON where it must be.
    """
    path = folder / FILE
    if not path.is_file():
        raise SettingsError(f"no {FILE} in {str(folder)!r}, expected a folder made by 'comity node init' or the like")
    try:
        file = TomlConfigSettingsSource(Settings, toml_file=path)()
    except ValueError as error:
        raise SettingsError(f"{FILE}: {error}") from error
    try:
        return Sources(file, EnvSettingsSource(Settings)())
    except PydanticSettingsError as error:
        cause = error.__cause__ or error
        raise SettingsError(f"environment: {error}, expected JSON: {cause}") from error


def load_bloc(profile: str) -> Bloc:
    """Return the bloc of a profile: a folder, or the name of one that comes with Comity.

    Raises:
        PolicyError: the profile is missing or unusable.
    """
    return load_policy(profile).bloc


def load_policy(profile: str) -> Policy:
    """Return the policy that the files of a profile state.

    Raises:
        PolicyError: the profile is missing, or a file of it cannot be read.
    """
    folder: Traversable = Path(profile) if Path(profile).is_dir() else _PROFILES.joinpath(profile)
    if not folder.is_dir():
        raise PolicyError(f"no profile {profile!r}, expected a folder or one of {', '.join(profile_names())}")
    documents = {name: parse_yaml(folder.joinpath(name)) for name in DOCUMENTS if folder.joinpath(name).is_file()}
    chapters = folder.joinpath("chapters")
    texts = {
        entry.name: entry.read_text("utf-8")
        for entry in (chapters.iterdir() if chapters.is_dir() else ())
        if entry.name.endswith(".cedar")
    }
    return Policy.of(documents, texts)


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


def parse_yaml(path: Traversable) -> object:
    """Return what a YAML file holds.

    Raises:
        PolicyError: it holds no YAML.
    """
    try:
        return yaml.load(path.read_text("utf-8"), Loader=_Loader)  # noqa: S506  # both loaders are safe ones
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path.name}: no YAML: {error}") from error


def _holds(values: object, place: Sequence[str | int]) -> bool:
    for name in place:
        if isinstance(values, Mapping) and name in values:
            values = values[str(name)]
        elif isinstance(values, Sequence) and isinstance(name, int) and name < len(values):
            values = values[name]
        else:
            return False
    return True


def _problem(place: tuple[int | str, ...], message: str, given: Sources) -> str:
    if given.origin(place) == "environment":
        return f"environment: {variable_of(place)}: {message}"
    return f"{FILE}: {'.'.join(map(str, place))}: {message}"


def variable_of(place: Sequence[str | int]) -> str:
    """Return the name of the environment variable for the setting at *place*."""
    return "COMITY_" + "__".join(map(str, place)).upper()


def _absolute(settings: Settings, folder: Path) -> dict[str, str]:
    changed = {}
    for name in _FILES:
        value = getattr(settings, name)
        if value:
            changed[name] = str(folder / value)
    if settings.database.startswith("sqlite:///"):
        changed["database"] = f"sqlite:///{folder / settings.database.removeprefix('sqlite:///')}"
    if (folder / settings.profile).is_dir():
        changed["profile"] = str(folder / settings.profile)
    return changed
