"""The federation out of its settings."""

from dataclasses import dataclass
from functools import partial

from comity.app.opening import ROOT, add_collection, bounds_of, kind_of, open_store, read_signer, secret
from comity.domain.desk import Desk
from comity.domain.member import Bloc
from comity.domain.purpose import Purpose
from comity.errors import SettingsError
from comity.federation.api import NODE
from comity.federation.chronicle import Chronicle
from comity.federation.context import Federation
from comity.federation.editions import Editions
from comity.federation.intake import KIND as MEMBER
from comity.federation.intake import MemberIntake
from comity.federation.questions import Questions
from comity.federation.warnings import Warnings
from comity.gateway.ruling import Ruling
from comity.gateway.viewers import FederationDecider, Recipients, desk_viewer, node_viewer
from comity.oversight.edition import public_key
from comity.oversight.tables import Rule
from comity.settings import Settings, load_policy
from comity.store import accounts, member_keys, recalls
from comity.store.database import Connection
from comity.store.ledger import Ledger
from comity.store.page_receipts import PageReceipts
from comity.store.policies import Activation
from comity.store.redecision import Changed
from comity.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class FederationService:
    """The federation, ready to be served or used by a command."""

    settings: Settings
    federation: Federation
    intake: MemberIntake
    editions: Editions
    questions: Questions
    cursor_key: bytes

    def work(self) -> None:
        """Write down who was served what, and who is late to confirm a recall."""
        hub = self.federation
        hub.page_receipts.write()
        late = recalls.newly_overdue(hub.store.read(), before=hub.store.clock() - self.deadline)
        if late:
            with hub.store.write() as connection:
                hub.chronicle.escalate(connection, deadline=self.deadline)

    @property
    def deadline(self) -> int:
        """After how many microseconds a recall that is not confirmed is overdue."""
        return self.settings.recall_deadline_seconds * 1_000_000

    def close(self) -> None:
        """Write down what is not written yet, and let go of the database."""
        self.federation.page_receipts.write()
        self.federation.store.close()


def open_federation(settings: Settings) -> FederationService:
    """Return the federation that *settings* describe.

    Raises:
        SettingsError: the settings are those of a node.
        PolicyError: the bloc's profile or rules cannot be used.
    """
    if settings.kind != "federation":
        raise SettingsError(f"kind is {settings.kind!r}, expected 'federation'")
    founding = load_policy(settings.profile)
    bloc = founding.bloc
    engine = founding.engine()
    signer = read_signer(settings)
    store = open_store(settings, FederationDecider(engine))
    ledger = Ledger(signer)
    receipts = PageReceipts(store, ledger)
    chronicle = Chronicle(bloc=bloc, store=store, ledger=ledger, receipts=receipts)
    with store.write() as connection:
        ruling = Ruling(store, engine, FederationDecider, partial(_set_up, store))
        ruling.begin(connection, founding)
        chronicle.activated(connection, ruling.policy(connection).digest)
        store.on_activation.append(partial(_told, chronicle))
        receipts.tell_uncertain(connection)
        federation = Federation(
            ruling=ruling,
            store=store,
            twin_key=secret(store, connection, "fingerprints"),
            recipients=Recipients(engine),
            ledger=ledger,
            page_receipts=receipts,
            chronicle=chronicle,
            warnings=Warnings(bloc=bloc, store=store),
        )
        cursor_key = secret(store, connection, "cursors")
        edition_key = secret(store, connection, "editions")
        question_secret = secret(store, connection, "questions")
    chosen = settings.summary
    suppression = Rule(k=chosen.k, contributors=chosen.contributors, dominance=chosen.dominance)
    return FederationService(
        settings=settings,
        federation=federation,
        intake=MemberIntake(federation=federation, bounds=bounds_of(settings)),
        editions=Editions(federation=federation, key=edition_key, rule=suppression),
        questions=Questions(
            store=store, chronicle=chronicle, secret=question_secret, per_day=settings.questions_per_day
        ),
        cursor_key=cursor_key,
    )


def admit(service: FederationService, member: str) -> dict[str, str]:
    """Admit a member, or give its node a new token; return what its node needs to know, for a file that it keeps.

    Raises:
        SettingsError: the bloc has no such member.
    """
    _check_member(service, member)
    token = accounts.new_token()
    store = service.federation.store
    with store.write() as connection:
        name = node_viewer(member)
        account_id = accounts.create(connection, name, member=member, role=NODE, password=None, token=token)
        member_keys.retire(connection, member, store.clock())
        row = next(each for each in accounts.every_collection(connection) if each.title == name)
        accounts.grant(connection, account_id, row.id, can_read=True, can_write=True)
    return {
        "collection": f"/{ROOT}/collections/{row.id}/",
        "token": token,
        "twin_key": service.federation.twin_key.hex(),
        "edition_key": public_key(service.editions.key).hex(),
        "ledger_key": str(service.federation.ledger.key),
    }


def add_desk(
    service: FederationService,
    name: str,
    desk: Desk,
    *,
    purposes: tuple[Purpose, ...],
    password: str | None,
    token: str | None,
) -> None:
    """Add the account of a desk that reads at the federation itself, or give it new secrets.

    Raises:
        SettingsError: the bloc has no such member.
    """
    _check_member(service, desk.member)
    titles = {desk_viewer(desk, purpose) for purpose in purposes}
    with service.federation.store.write() as connection:
        account_id = accounts.create(
            connection, name, member=desk.member, role=desk.role, password=password, token=token
        )
        for row in accounts.every_collection(connection):
            accounts.grant(connection, account_id, row.id, can_read=row.title in titles, can_write=False)


def _check_member(service: FederationService, member: str) -> None:
    if member not in service.federation.bloc.members:
        expected = ", ".join(service.federation.bloc.members)
        raise SettingsError(f"member is {member!r}, expected one of {expected}")


def _set_up(store: Store, connection: Connection, bloc: Bloc) -> None:
    for code, member in bloc.members.items():
        viewer_id = store.grants.add_viewer(connection, node_viewer(code), merges=False)
        alias = f"node-{code.lower()}"
        add_collection(connection, viewer_id=viewer_id, title=node_viewer(code), alias=alias, kind=MEMBER)
        for desk in member.desks:
            for purpose in Purpose:
                name = desk_viewer(desk, purpose)
                desk_id = store.grants.add_viewer(connection, name, merges=True)
                alias = f"{code.lower()}-{desk.role}-{purpose}"
                add_collection(connection, viewer_id=desk_id, title=name, alias=alias, kind=kind_of(desk.role))


def _told(chronicle: Chronicle, connection: Connection, activation: Activation, _changed: Changed | None) -> None:
    """Tell the ledger what was put in force."""
    facts = {
        "cause": activation.kind,
        "proposal": activation.proposal,
        "reason": activation.reason,
        "suspended": sorted(activation.suspended),
    }
    chronicle.activated(connection, activation.digest, facts)
