"""What a member must protect: its assets, what names them on a network, and what they depend on."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network

_LONGEST = 512
_MOST_CRITICAL = 100
_MOST_ASN = 4_294_967_295


class Layer(StrEnum):
    """The three layers in which harm is told apart."""

    PHYSICAL = "physical"
    """What can be cut, flooded or switched off."""
    INFORMATIONAL = "informational"
    """Networks, services and software."""
    SOVEREIGNTY = "sovereignty"
    """What a state answers for as a state: its portals, its payments, its registers."""


class AssetKind(StrEnum):
    """What an asset is; the words are those of the asset extension."""

    CABLE = "submarine-cable"
    LANDING_STATION = "landing-station"
    EXCHANGE = "internet-exchange"
    DATA_CENTRE = "data-centre"
    CAPACITY = "international-capacity"
    """All that connects a member to the rest of the world, whose shares are its cables and transits."""
    CLOUD_REGION = "cloud-region"
    PROVIDER = "internet-provider"
    ADDRESS_RANGE = "address-range"
    SHARED_SERVICE = "shared-service"
    """An address or name that many parties depend on, such as an edge of a content network or a resolver."""
    SOFTWARE = "software"
    PORTAL = "portal"
    PAYMENT_SWITCH = "payment-switch"


_PHYSICAL = {AssetKind.CABLE, AssetKind.LANDING_STATION, AssetKind.EXCHANGE, AssetKind.DATA_CENTRE, AssetKind.CAPACITY}
_SOVEREIGN = {AssetKind.PORTAL, AssetKind.PAYMENT_SWITCH}


def layer_of(kind: AssetKind) -> Layer:
    """Return the layer of assets of *kind* that state none."""
    if kind in _PHYSICAL:
        return Layer.PHYSICAL
    return Layer.SOVEREIGNTY if kind in _SOVEREIGN else Layer.INFORMATIONAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """That a share of one asset's function, above 0 and up to 1, is lost with another asset."""

    on: str
    share: float = 1.0
    kind: str = ""

    def __post_init__(self) -> None:
        _check_text("dependency", self.on)
        if not 0 < self.share <= 1:
            raise ValueError(f"share of {self.on[:80]!r} is {self.share!r}, expected more than 0 and at most 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One asset of one member; ``ValueError`` says which of its values is unusable."""

    key: str
    """Its name in dependencies; unique in a registry."""
    member: str
    kind: AssetKind
    name: str = ""
    operator: str = ""
    """Who runs it; in a registry it may be a pseudonym."""
    sector: str = ""
    criticality: int = 0
    """How critical its loss is, from 0 to 100."""
    stated_layer: Layer | None = None
    capacity_gbps: float | None = None
    landing_points: tuple[str, ...] = ()
    """Where a cable lands, or where else the asset stands: places, or codes of members."""
    asns: tuple[int, ...] = ()
    prefixes: tuple[str, ...] = ()
    """IPv4 and IPv6 networks without host bits."""
    domains: tuple[str, ...] = ()
    """Host names in canonical form, each with all below it."""
    software: tuple[str, ...] = ()
    """CPE 2.3 names with the version that runs."""
    depends_on: tuple[Dependency, ...] = ()
    shared: bool = False
    """Whether it crosses borders, so that the registry of the federation has it as well."""

    def __post_init__(self) -> None:
        _check_text("asset", self.key)
        for text in (self.member, self.name, self.operator, self.sector, *self.landing_points):
            if text:
                _check_text(f"text of {self.key[:80]!r}", text)
        if not 0 <= self.criticality <= _MOST_CRITICAL:
            raise ValueError(f"criticality of {self.key[:80]!r} is {self.criticality}, expected 0 to {_MOST_CRITICAL}")
        if any(not 0 <= number <= _MOST_ASN for number in self.asns):
            raise ValueError(f"asset {self.key[:80]!r} has no such system number {self.asns!r}")
        if len({one.on for one in self.depends_on}) != len(self.depends_on):
            raise ValueError(f"asset {self.key[:80]!r} depends on one asset twice, expected one share for each")
        for text in self.prefixes:
            _check_network(self.key, text)

    @property
    def layer(self) -> Layer:
        """The layer it is in."""
        return self.stated_layer or layer_of(self.kind)

    @property
    def networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Its prefixes as networks."""
        return tuple(map(ip_network, self.prefixes))


def _check_text(what: str, text: str) -> None:
    if not text or len(text) > _LONGEST:
        raise ValueError(f"{what} is {text[:80]!r}, expected 1 to {_LONGEST} characters")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{what} is {text[:80]!r}, expected text that UTF-8 can hold") from error


def _check_network(key: str, text: str) -> None:
    try:
        ip_network(text)
    except ValueError as error:
        raise ValueError(f"prefix of {key[:80]!r} is {text[:80]!r}, expected a network without host bits") from error
