"""What every part of a node needs to know of the node."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from comity.dedup.warning_lists import WarningLists
from comity.domain.member import Bloc
from comity.domain.tier import Tier
from comity.gateway.ruling import Ruling
from comity.gateway.viewers import Recipients
from comity.ledger.notes import Signer
from comity.policy.evaluate import Engine
from comity.redaction.pseudonym import Keys
from comity.stix.labels import Defaults
from comity.store.store import Store

FEDERATION = "federation"
"""The name of the peer through which a node exchanges objects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A member's node: its store, the rules it decides by, and its secrets."""

    member: str
    ruling: Ruling
    store: Store
    keys: Keys
    twin_key: bytes
    """The bloc's key for fingerprints; every node has it, and nobody else."""
    defaults: Mapping[str, Defaults]
    """What each intake collection, by its alias, assumes of objects that state nothing."""
    confirmation_delay: int
    """How long after the notice of a recall the purge is verified, in microseconds."""
    filing_delay: int
    """Within how long an urgent release without an approval is reported, in microseconds."""
    recipients: Recipients
    signer: Signer
    """The key with which the node signs what it confirms."""
    warnings: WarningLists = field(default_factory=WarningLists)
    """The lists of values that are seldom worth acting on."""

    @property
    def tier_labels(self) -> Mapping[Tier, str]:
        """The platform's label for each tier."""
        return {tier: label for label, tier in reversed(list(self.bloc.platform_labels.items()))}

    @property
    def engine(self) -> Engine:
        """What decides by the rules in force."""
        return self.ruling.engine

    @property
    def bloc(self) -> Bloc:
        """The bloc that the rules in force are about."""
        return self.ruling.engine.bloc
