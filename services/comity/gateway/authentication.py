"""Who calls: HTTP Basic (RFC 7617) and bearer tokens (RFC 6750), with what was verified remembered for a while.

A password is hashed slowly on purpose, so a verified one is remembered, as a keyed digest, until the accounts change.
"""

import binascii
import hashlib
import secrets
from base64 import b64decode
from threading import BoundedSemaphore, Lock

from comity.store import accounts
from comity.store.accounts import Account
from comity.store.store import Pulse, Store

CHALLENGE = 'Basic realm="Comity", charset="UTF-8", Bearer realm="Comity"'
"""What a 401 asks for (RFC 7235, 4.1)."""

_MOST_REMEMBERED = 10_000
_MOST_AT_ONCE = 2
"""So many credentials are verified at the same time: a password takes 64 MiB and most of a processor."""


class Authenticator:
    """Verifies the ``Authorization`` header of requests to one service."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._key = secrets.token_bytes(32)
        self._known: dict[bytes, Account] = {}
        self._version = 0
        self._lock = Lock()
        self._verifying = BoundedSemaphore(_MOST_AT_ONCE)

    def account(self, header: str | None) -> Account | None:
        """Return who sent *header*, or ``None`` when it proves nothing."""
        if not header:
            return None
        pulse = self._store.pulse()
        known = self.remembered(header, pulse)
        if known is not None:
            return known
        with self._verifying:
            # Many requests may bring the same password at once: it is checked for the first of them.
            account = self.remembered(header, pulse) or self._verified(header)
        if account is not None:
            self._remember(self._digest(header), account, pulse.accounts)
        return account

    def remembered(self, header: str | None, pulse: Pulse) -> Account | None:
        """Return who sent *header*, if that has been verified since the accounts last changed."""
        if pulse.accounts != self._version:
            self._forget(pulse.accounts)
        return self.known(header) if header else None

    def known(self, header: str) -> Account | None:
        """Return who sent *header* if that was verified lately; nothing is looked up, so it may be out of date."""
        return self._known.get(self._digest(header))

    def login(self, name: str, password: str) -> Account | None:
        """Return the account called *name* if *password* is its password."""
        return accounts.by_password(self._store.read(), name, password)

    def _digest(self, header: str) -> bytes:
        return hashlib.blake2b(header.encode("utf-8", "surrogatepass"), key=self._key, digest_size=16).digest()

    def _forget(self, version: int) -> None:
        with self._lock:
            self._known.clear()
            self._version = version

    def _verified(self, header: str) -> Account | None:
        scheme, _, value = header.partition(" ")
        match scheme.lower():
            case "basic":
                return self._basic(value.strip())
            case "bearer" | "token":
                # TAXII clients that know no bearer tokens call them so.
                return accounts.by_token(self._store.read(), value.strip())
            case _:
                return None

    def _basic(self, value: str) -> Account | None:
        try:
            name, colon, password = _text(b64decode(value, validate=True)).partition(":")
        except (binascii.Error, ValueError):
            return None
        if not colon or "\0" in name:
            return None
        return self.login(name, password)

    def _remember(self, digest: bytes, account: Account, version: int) -> None:
        with self._lock:
            if version != self._version:
                return
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[digest] = account


def _text(raw: bytes) -> str:
    """Return credentials as text: UTF-8 as the challenge asks, else Latin-1, which many clients send all the same."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
