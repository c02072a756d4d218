"""What opening a node and opening the federation have in common: rules, store, secrets, collections."""

import secrets
from pathlib import Path
from uuid import uuid4

from comity.domain.desk import Role
from comity.domain.member import Bloc
from comity.errors import LedgerError, SettingsError
from comity.ledger.notes import Signer
from comity.policy.evaluate import Engine
from comity.policy.rules import RuleSet
from comity.settings import Settings
from comity.stix.objects import Bounds
from comity.store import accounts
from comity.store.accounts import OVERSIGHT
from comity.store.clock import ExerciseClock, real_time
from comity.store.database import Clock, Connection
from comity.store.grants import Decider
from comity.store.store import Store

ROOT = "comity"
"""The API root of all collections under sharing rules."""

DESK = "desk"
"""The kind of a collection that one desk reads for one purpose."""

_SECRET_BYTES = 32


def kind_of(role: Role) -> str:
    """Return the kind of the collections of a desk: what oversight may know is told as counts, never as objects."""
    return OVERSIGHT if role is Role.REGULATOR else DESK


def engine_of(bloc: Bloc) -> Engine:
    """Return the rules in force in *bloc*, checked as a whole.

    Raises:
        PolicyError: they cannot be used.
    """
    return Engine(RuleSet.compile(bloc.chapters, bloc), bloc)


def clock_of(settings: Settings) -> Clock:
    """Return the clock that the service lives by."""
    return ExerciseClock(Path(settings.clock)) if settings.clock else real_time


def open_store(settings: Settings, decider: Decider) -> Store:
    """Return the store of a service, its schema brought to the newest version."""
    if settings.database.startswith("sqlite:///"):
        folder = Path(settings.database.removeprefix("sqlite:///")).parent
        if not folder.is_dir():
            raise SettingsError(f"database is {settings.database!r}, expected a file in a folder that exists")
        # The file holds secrets and sovereign objects; SQLite gives its other files the same permissions.
        Path(settings.database.removeprefix("sqlite:///")).touch(mode=0o600)
    is_searched = settings.kind == "node"
    store = Store(settings.database, decider=decider, clock=clock_of(settings), is_searched=is_searched)
    store.database.migrate()
    return store


def bounds_of(settings: Settings) -> Bounds:
    """Return how large an object may be."""
    limits = settings.limits
    return Bounds(size=limits.object_bytes, nesting=limits.nesting, string_length=limits.string_length)


def read_signer(settings: Settings) -> Signer:
    """Return the key that the service signs with.

    Raises:
        SettingsError: the file is missing or is none.
    """
    path = Path(settings.signing_key)
    try:
        return Signer.parse(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, LedgerError) as error:
        raise SettingsError(f"signing_key {path.name!r} is not the key that was made with the service") from error


def secret(store: Store, connection: Connection, name: str) -> bytes:
    """Return the secret called *name* that the service keeps for itself, made when it is first asked for."""
    known = store.setting(connection, f"secret {name}")
    if known is None:
        known = secrets.token_bytes(_SECRET_BYTES).hex()
        store.set_setting(connection, f"secret {name}", known)
    return bytes.fromhex(known)


def add_collection(
    connection: Connection, *, viewer_id: int, title: str, alias: str | None, kind: str, **more: str
) -> str:
    """Add a collection, or bring the one with its title up to date; return its id."""
    return accounts.add_collection(
        connection,
        {
            "id": str(uuid4()),
            "root": more.get("root", ROOT),
            "title": title,
            "description": more.get("description", ""),
            "alias": alias,
            "kind": kind,
            "viewer_id": viewer_id,
        },
    )
