"""What every part of the federation service needs to know of it."""

from dataclasses import dataclass

from comity.domain.member import Bloc
from comity.federation.chronicle import Chronicle
from comity.federation.warnings import Warnings
from comity.gateway.ruling import Ruling
from comity.gateway.viewers import Recipients
from comity.policy.evaluate import Engine
from comity.store.ledger import Ledger
from comity.store.page_receipts import PageReceipts
from comity.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Federation:
    """The federation service: its store, the rules it decides by, and the bloc's key for fingerprints."""

    ruling: Ruling
    store: Store
    twin_key: bytes
    recipients: Recipients
    ledger: Ledger
    page_receipts: PageReceipts
    chronicle: Chronicle
    warnings: Warnings

    @property
    def engine(self) -> Engine:
        """What decides by the rules in force."""
        return self.ruling.engine

    @property
    def bloc(self) -> Bloc:
        """The bloc that the rules in force are about."""
        return self.ruling.engine.bloc
