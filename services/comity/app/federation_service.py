"""The federation out of its settings."""

from dataclasses import dataclass
from functools import partial

from comity.app.opening import DESK, ROOT, add_collection, open_store, secret
from comity.domain.desk import Desk
from comity.domain.member import Bloc
from comity.domain.purpose import Purpose
from comity.errors import SettingsError
from comity.federation.api import NODE
from comity.federation.context import Federation
from comity.federation.intake import KIND as MEMBER
from comity.federation.intake import MemberIntake
from comity.gateway.ruling import Ruling
from comity.gateway.viewers import FederationDecider, Recipients, desk_viewer, node_viewer
from comity.settings import Settings, load_policy
from comity.store import accounts
from comity.store.database import Connection
from comity.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class FederationService:
    """The federation, ready to be served or used by a command."""

    settings: Settings
    federation: Federation
    intake: MemberIntake
    cursor_key: bytes

    def close(self) -> None:
        """Let go of the database."""
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
    engine = founding.engine()
    store = open_store(settings, FederationDecider(engine))
    with store.write() as connection:
        ruling = Ruling(store, engine, FederationDecider, partial(_set_up, store))
        ruling.begin(connection, founding)
        federation = Federation(
            ruling=ruling,
            store=store,
            twin_key=secret(store, connection, "fingerprints"),
            recipients=Recipients(engine),
        )
        cursor_key = secret(store, connection, "cursors")
    return FederationService(
        settings=settings,
        federation=federation,
        intake=MemberIntake(federation=federation),
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
        row = next(each for each in accounts.every_collection(connection) if each.title == name)
        accounts.grant(connection, account_id, row.id, can_read=True, can_write=True)
    return {
        "collection": f"/{ROOT}/collections/{row.id}/",
        "token": token,
        "twin_key": service.federation.twin_key.hex(),
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
                add_collection(connection, viewer_id=desk_id, title=name, alias=alias, kind=DESK)
