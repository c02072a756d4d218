"""How far what a desk may read may be passed on: TLP 2.0, the bloc's tiers, and what an owner said of releasing it."""

from enum import StrEnum

from comity.domain.label import RELEASE_ALL, Label, Personal
from comity.domain.tier import Tier
from comity.domain.tlp import TLP


class Audience(StrEnum):
    """Who reads a feed that a desk gives out."""

    ORGANISATION = "organisation"
    """The desk's own organisation and its devices."""
    CLIENTS = "clients"
    """Those whom the organisation serves, who need to know."""
    COMMUNITY = "community"
    """Others of the sector or the bloc, not the public."""
    PUBLIC = "public"
    """Everybody."""


_HIGHEST_TLP = {
    Audience.ORGANISATION: TLP.AMBER_STRICT,
    Audience.CLIENTS: TLP.AMBER,
    Audience.COMMUNITY: TLP.GREEN,
    Audience.PUBLIC: TLP.CLEAR,
}
_HIGHEST_TIER = {
    Audience.ORGANISATION: Tier.C3,
    Audience.CLIENTS: Tier.C2,
    Audience.COMMUNITY: Tier.C1,
    Audience.PUBLIC: Tier.C0,
}


def may_pass_on(label: Label | None, audience: Audience) -> bool:
    """Return whether an object with *label*, which a desk may read, may be given to *audience*.

    What is without a label, TLP:RED, or of the tier that never leaves its owner's node, is given to nobody. Beyond the
    own organisation goes only what its owner released to every member, without embargo, and that names neither people
    nor victims.
    """
    if label is None or label.blocked:
        return False
    if label.tlp > _HIGHEST_TLP[audience] or label.tier > _HIGHEST_TIER[audience]:
        return False
    return audience is Audience.ORGANISATION or _is_open(label)


def _is_open(label: Label) -> bool:
    is_everybodys = label.releasable == RELEASE_ALL and not label.withheld and not label.named
    is_over = label.embargo_exempt is None
    return is_everybodys and is_over and not label.victims and label.personal is Personal.NONE
