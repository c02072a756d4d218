"""Who calls: HTTP Basic (RFC 7617) and bearer tokens (RFC 6750), with what was verified remembered for a while.

A password is hashed slowly on purpose, so a verified one is remembered, as a keyed digest, until it expires or any
account changes: every request asks the database whether one did, so that a secret that was replaced by another process
proves nothing from then on.
"""

import binascii
import hashlib
import secrets
import time
from base64 import b64decode
from threading import Lock

from comity.store import accounts
from comity.store.accounts import Account
from comity.store.store import Store

CHALLENGE = 'Basic realm="Comity", charset="UTF-8", Bearer realm="Comity"'
"""What a 401 asks for (RFC 7235, 4.1)."""

_REMEMBERED_SECONDS = 300.0
_MOST_REMEMBERED = 10_000


class Authenticator:
    """Verifies the ``Authorization`` header of requests to one service."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._key = secrets.token_bytes(32)
        self._known: dict[bytes, tuple[Account, str, float]] = {}
        self._lock = Lock()

    def account(self, header: str | None) -> Account | None:
        """Return who sent *header*, or ``None`` when it proves nothing."""
        if not header:
            return None
        digest = hashlib.blake2b(header.encode("utf-8", "surrogatepass"), key=self._key, digest_size=16).digest()
        changes = accounts.changes(self._store.read())
        known = self._known.get(digest)
        if known is not None and known[1] == changes and known[2] > time.monotonic():
            return known[0]
        account = self._verified(header)
        if account is not None:
            self._remember(digest, account, changes)
        return account

    def login(self, name: str, password: str) -> Account | None:
        """Return the account called *name* if *password* is its password."""
        return accounts.by_password(self._store.read(), name, password)

    def _verified(self, header: str) -> Account | None:
        scheme, _, value = header.partition(" ")
        match scheme.lower():
            case "basic":
                return self._basic(value.strip())
            case "bearer":
                return accounts.by_token(self._store.read(), value.strip())
            case _:
                return None

    def _basic(self, value: str) -> Account | None:
        try:
            name, colon, password = b64decode(value, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return None
        if not colon or "\0" in name:
            return None
        return self.login(name, password)

    def _remember(self, digest: bytes, account: Account, changes: str) -> None:
        with self._lock:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[digest] = (account, changes, time.monotonic() + _REMEMBERED_SECONDS)
