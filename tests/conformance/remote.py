"""Collections over real HTTP, as the clients of others reach them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from requests import PreparedRequest
from requests.auth import AuthBase
from taxii2client.v21 import Collection

from tests.conformance.world import PASSWORD, Place, Socket


class Bearer(AuthBase):
    """Sends a bearer token, which ``taxii2-client`` has no class for."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


@dataclass(frozen=True)
class Remote:
    """A collection as a test fills it, and as the client of another reads and writes it."""

    shelf: Place
    base: str
    user: str
    collection: Any
    """The collection of ``taxii2-client``."""

    @property
    def url(self) -> str:
        return self.base + self.shelf.url

    @property
    def root(self) -> str:
        return self.shelf.url.split("/")[1]

    @property
    def basic(self) -> tuple[str, bytes]:
        return self.user, PASSWORD.encode()

    @property
    def credentials(self) -> dict[str, str]:
        return {"user": self.user, "password": PASSWORD}

    @property
    def begin(self) -> str:
        """A time before all that the test has put in."""
        return self.shelf.since or "1970-01-01T00:00:00Z"

    def since(self, **filters: Any) -> Any:
        return {**({"added_after": self.shelf.since} if self.shelf.since else {}), **filters}


@contextmanager
def remote(shelf: Place, server: Socket, user: str) -> Iterator[Remote]:
    with Collection(server.base + shelf.url, user=user, password=PASSWORD) as collection:
        yield Remote(shelf, server.base, user, collection)
