"""Services that listen as ``comity node serve`` does, on loopback, with certificates of a private authority."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from comity.app.folder import keep_secret
from comity.app.listening import Server, address_of, config_of, tls_of
from comity.ledger.notes import Signer
from comity.settings import SIGNING_KEY, Settings
from fastapi import FastAPI

from tests.integration.serving.certificates import Authority

Serve = Callable[[FastAPI, Settings], str]


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "private-ca")


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return what serves an application until the test ends, and says where."""
    with ExitStack() as stack:
        yield lambda app, settings: stack.enter_context(_served(app, settings))


@contextmanager
def _served(app: FastAPI, settings: Settings) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        config = config_of(app, settings, tls_of(settings))
        config.lifespan = "off"  # the service is closed by whoever opened it
        ready = Event()
        server = Server(config, handshake_seconds=settings.limits.head_seconds, started=ready.set)
        thread = Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        assert ready.wait(30)
        yield address_of(settings, bound.getsockname()[1])
        server.should_exit = True
        thread.join(30)


def settings_of(folder: Path, **more: Any) -> Settings:
    """Return the settings of a node of the fictional bloc, or of its federation."""
    key = folder / SIGNING_KEY
    if not key.exists():
        keep_secret(key, Signer("comity-test", bytes(32)).text)
    values = {"kind": "node", "member": "XA", "profile": "five", "sync_seconds": 0, "signing_key": str(key), **more}
    return Settings(**{"database": f"sqlite:///{folder / 'service.db'}", **values})
