"""What opening a node and opening the federation have in common: rules, store, secrets, collections."""

import secrets
from pathlib import Path
from uuid import uuid4

from comity.domain.member import Bloc
from comity.errors import SettingsError
from comity.policy.evaluate import Engine
from comity.policy.rules import RuleSet
from comity.settings import Settings
from comity.store import accounts
from comity.store.clock import ExerciseClock, real_time
from comity.store.database import Clock, Connection
from comity.store.grants import Decider
from comity.store.store import Store

ROOT = "comity"
"""The API root of all collections under sharing rules."""

DESK = "desk"
"""The kind of a collection that one desk reads for one purpose."""

_SECRET_BYTES = 32


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
    store = Store(settings.database, decider=decider, clock=clock_of(settings))
    store.database.migrate()
    return store


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
