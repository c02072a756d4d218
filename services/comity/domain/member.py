"""The members of a bloc, their classification schemes, and whom they recognise for what."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from comity.domain.desk import Desk, Role
from comity.domain.duty import Duty
from comity.domain.tier import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A state of the bloc; everything but its code is optional, so that a member without any profile can join."""

    code: str
    name: str
    identity: str
    """The STIX identity id under which its node authors objects."""
    labels: Mapping[str, Tier] = field(default_factory=dict)
    """The member's national classification labels, compared exactly, and their tiers."""
    duties: tuple[Duty, ...] = ()
    """What its law asks to be notified, in the order of its profile."""

    @property
    def desks(self) -> tuple[Desk, ...]:
        """The member's desks, one a role."""
        return tuple(Desk(self.code, role) for role in Role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bloc:
    """All that Comity knows of a federation: it is read from files, and nothing in the code names a member."""

    members: Mapping[str, Member]
    """By code, in display order."""
    platform_labels: Mapping[str, Tier]
    """Labels that any member may use."""
    limits: Mapping[tuple[str, str], Tier]
    """(owner, recipient) -> the highest tier that the recipient is recognised for."""
    chapters: Mapping[str, str]
    """File name -> Cedar text: the rules in force, in order of name."""
    sectors: tuple[str, ...] = ()
    signatures: int | None = None
    """How many members must sign a change of the rules; two thirds of them where nothing is stated."""

    @property
    def quorum(self) -> int:
        """How many members must sign a change of the rules."""
        return -(-2 * len(self.members) // 3) if self.signatures is None else self.signatures

    def tier_of(self, owner: str, label: str) -> Tier | None:
        """Return the tier that *label* stands for at *owner*, or ``None`` when it is mapped to none."""
        tier = self.platform_labels.get(label)
        return tier if tier is not None else self.members[owner].labels.get(label)

    def limit(self, owner: str, recipient: str) -> Tier:
        """Return the highest tier of *owner*'s data that *recipient* is recognised for."""
        return self.limits[owner, recipient]

    def member_of_identity(self, identity: str) -> str | None:
        """Return the code of the member that authors as *identity*, or ``None`` when no member does."""
        return next((m.code for m in self.members.values() if m.identity == identity), None)
