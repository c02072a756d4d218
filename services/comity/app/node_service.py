"""A node out of its settings."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from ssl import SSLContext

import msgspec

from comity.analytics.context import Analytics
from comity.analytics.hunts import Hunts
from comity.app.opening import add_collection, bounds_of, kind_of, open_store, read_signer, secret
from comity.app.warning_files import read_warning_lists
from comity.domain.desk import Role
from comity.domain.label import RELEASE_ALL
from comity.domain.member import Bloc
from comity.domain.purpose import Purpose
from comity.errors import SettingsError
from comity.gateway.ruling import Ruling
from comity.gateway.taxii_write import PLAIN
from comity.gateway.viewers import OWN, NodeDecider, Recipients, desk_viewer
from comity.node.catalogue import read_catalogue
from comity.node.committee import Delegate
from comity.node.context import Node
from comity.node.desk_work import DeskWork
from comity.node.exchange import Admission, Exchange
from comity.node.fetching import Feeds
from comity.node.intake import KIND as INTAKE
from comity.node.intake import Intake
from comity.node.oversight_exchange import OversightExchange
from comity.redaction.pseudonym import Keys
from comity.settings import IntakeSettings, PlainSettings, Settings, load_policy, tlp_of
from comity.stix.labels import Defaults
from comity.store import accounts
from comity.store.accounts import CollectionRow
from comity.store.database import Connection
from comity.store.store import Store
from comity.transport.client import ServiceClient
from comity.transport.tls import client_context

CLIENT = "client"
"""The role of an account that reads and writes plain collections only."""

ROLES = (*Role, CLIENT)

# Made here, once: msgspec breaks when several threads are the first to decode a dataclass.
_admission = msgspec.json.Decoder(Admission)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeService:
    """A node with its work and its exchange, ready to be served or used by a command."""

    settings: Settings
    node: Node
    intake: Intake
    work: DeskWork
    exchange: Exchange | None
    analytics: Analytics
    hunts: Hunts
    oversight: OversightExchange | None
    feeds: Feeds
    cursor_key: bytes
    session_key: bytes
    signing_key: bytes
    """The seed of the key by which the member signs in the committee."""

    def close(self) -> None:
        """Let go of the database and the federation."""
        if self.exchange is not None:
            self.exchange.client.close()
        self.hunts.wait()
        self.node.store.close()


def open_node(settings: Settings) -> NodeService:
    """Return the node that *settings* describe.

    Raises:
        SettingsError: the settings do not fit together.
        PolicyError: the bloc's profile or rules cannot be used.
    """
    if settings.kind != "node":
        raise SettingsError(f"kind is {settings.kind!r}, expected 'node'")
    founding = load_policy(settings.profile)
    bloc = founding.bloc
    if settings.member not in bloc.members:
        raise SettingsError(f"member is {settings.member!r}, expected one of {', '.join(bloc.members)}")
    engine = founding.engine()
    signer = read_signer(settings)
    store = open_store(settings, NodeDecider(engine, settings.member))
    admission = read_admission(settings)
    with store.write() as connection:
        decider_of = partial(NodeDecider, member=settings.member)
        ruling = Ruling(store, engine, decider_of, partial(_set_up, store, settings))
        ruling.begin(connection, founding)
        keys = Keys(secret=secret(store, connection, "pseudonyms"))
        cursor_key = secret(store, connection, "cursors")
        session_key = secret(store, connection, "sessions")
        signing_key = secret(store, connection, "signing")
        twin_key = bytes.fromhex(admission.twin_key) if admission else secret(store, connection, "fingerprints")
    node = Node(
        member=settings.member,
        ruling=ruling,
        store=store,
        keys=keys,
        twin_key=twin_key,
        defaults={alias: _defaults(each) for alias, each in settings.intake.items()},
        confirmation_delay=settings.recall_confirmation_seconds * 1_000_000,
        filing_delay=settings.filing_days * 86_400_000_000,
        recipients=Recipients(engine),
        signer=signer,
        warnings=read_warning_lists(settings.warning_lists),
    )
    intake = Intake(node=node, bounds=bounds_of(settings))
    exchange = oversight = None
    if admission is not None:
        client = ServiceClient(settings.federation, token=admission.token, tls=_trust(settings))
        exchange = Exchange(node=node, client=client, admission=admission, bounds=bounds_of(settings))
        oversight = OversightExchange(node=node, client=client, key=bytes.fromhex(admission.edition_key))
    analytics = Analytics(member=node.member, bloc=bloc, store=store, twin_key=twin_key, keys=keys)
    return NodeService(
        settings=settings,
        node=node,
        intake=intake,
        work=DeskWork(node=node, intake=intake),
        exchange=exchange,
        analytics=analytics,
        hunts=Hunts(analytics, Path(settings.telemetry)),
        oversight=oversight,
        feeds=Feeds(node=node, intake=intake, catalogue=read_catalogue(settings.feeds)),
        cursor_key=cursor_key,
        session_key=session_key,
        signing_key=signing_key,
    )


def _trust(settings: Settings) -> SSLContext | None:
    """Return what the node calls its federation with; ``None`` where the address says that there is no TLS.

    Raises:
        SettingsError: a file cannot be used, or there is one although there is no TLS.
    """
    files = {
        "ca": settings.federation_ca,
        "certificate": settings.federation_certificate,
        "key": settings.federation_key,
    }
    if settings.federation.lower().startswith("https://"):
        return client_context(**files)
    if any(files.values()):
        raise SettingsError(f"federation is {settings.federation!r}, expected https:// beside a certificate")
    return None


def delegate_of(service: NodeService) -> Delegate:
    """Return the member's part in the committee.

    Raises:
        SettingsError: the member has not been admitted.
    """
    if service.exchange is None:
        raise SettingsError("admission is empty, expected what 'comity federation admit' writes")
    return Delegate(node=service.node, client=service.exchange.client, secret=service.signing_key)


def read_admission(settings: Settings) -> Admission | None:
    """Return what the federation gave the member, or ``None`` while it has not been admitted.

    Raises:
        SettingsError: the file is not what ``comity federation admit`` writes.
    """
    if not settings.admission:
        return None
    if not settings.federation:
        raise SettingsError("federation is empty, expected its address beside the admission")
    try:
        return _admission.decode(Path(settings.admission).read_bytes())
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        name = Path(settings.admission).name
        raise SettingsError(f"admission {name!r} is not what 'comity federation admit' writes") from error


def add_desk(
    service: NodeService,
    name: str,
    *,
    role: str,
    purposes: tuple[Purpose, ...],
    password: str | None,
    token: str | None,
) -> None:
    """Add the account of a desk, or give it new secrets: it reads for its purposes, and a CERT submits as well.

    Raises:
        SettingsError: there is no such role.
    """
    if role not in ROLES:
        raise SettingsError(f"role is {role!r}, expected one of {', '.join(ROLES)}")
    store = service.node.store
    with store.write() as connection:
        account_id = accounts.create(
            connection, name, member=service.node.member, role=role, password=password, token=token
        )
        for row in accounts.every_collection(connection):
            can_read, can_write = _rights(service, row, role=role, purposes=purposes)
            accounts.grant(connection, account_id, row.id, can_read=can_read, can_write=can_write)


def _rights(service: NodeService, row: CollectionRow, *, role: str, purposes: tuple[Purpose, ...]) -> tuple[bool, bool]:
    """Return whether an account of *role* reads, and whether it writes, a collection."""
    if row.kind == PLAIN:
        plain = next(
            (each for each in service.settings.plain if (each.root, each.title) == (row.root, row.title)), None
        )
        return _plain_rights(plain, role) if plain else (False, False)
    if row.kind == INTAKE:
        return role == Role.CERT, role == Role.CERT
    readable = {_desk_alias(role, purpose) for purpose in purposes}
    return row.alias in readable, False


def _set_up(store: Store, settings: Settings, connection: Connection, bloc: Bloc) -> None:
    """Make the viewers and collections that the settings ask for; what is there already stays."""
    for desk in bloc.members[settings.member].desks:
        for purpose in Purpose:
            name = desk_viewer(desk, purpose)
            viewer_id = store.grants.add_viewer(connection, name, merges=True)
            alias = _desk_alias(desk.role, purpose)
            add_collection(connection, viewer_id=viewer_id, title=name, alias=alias, kind=kind_of(desk.role))
    own = store.grants.add_viewer(connection, OWN, merges=False)
    for alias in settings.intake:
        title = f"{settings.member} own objects: {alias}"
        add_collection(connection, viewer_id=own, title=title, alias=alias, kind=INTAKE)
    for plain in settings.plain:
        viewer_id = store.grants.add_viewer(connection, f"plain {plain.root}/{plain.title}", merges=False)
        made = add_collection(
            connection,
            viewer_id=viewer_id,
            title=plain.title,
            alias=plain.alias,
            kind=PLAIN,
            root=plain.root,
            description=plain.description,
        )
        for account in accounts.listed(connection):
            can_read, can_write = _plain_rights(plain, account.role)
            accounts.grant(connection, account.id, made, can_read=can_read, can_write=can_write)


def _plain_rights(plain: PlainSettings, role: str) -> tuple[bool, bool]:
    """Return whether accounts of *role* read and write: clients as the settings say, those who run the node always."""
    if role == CLIENT:
        return "read" in plain.access, "write" in plain.access
    return role == Role.CERT, role == Role.CERT


def _desk_alias(role: str, purpose: Purpose) -> str:
    return f"{role}-{purpose}"


def _defaults(settings: IntakeSettings) -> Defaults:
    releasable = settings.releasable
    everybody = RELEASE_ALL if releasable == "ALL" else None
    return Defaults(
        tlp=tlp_of(settings.tlp),
        label=settings.label,
        releasable=frozenset(releasable) if isinstance(releasable, tuple) else everybody,
    )
