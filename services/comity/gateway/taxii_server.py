"""The TAXII 2.1 server as a plain ASGI application: paths, permissions and media types (TAXII 2.1, 3 to 5).

Nobody reaches anything but discovery without credentials. What a caller has no right to is answered as if it were not
there.

A read of an embedded database takes less time than handing it to a thread, so it is answered at once; one that turns
out to take long is begun again in a thread, where it holds nobody up.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

import anyio.to_thread
import structlog

from comity.errors import InvalidRequestError, RefusedError
from comity.gateway.authentication import CHALLENGE, Authenticator
from comity.gateway.http import (
    Receive,
    Request,
    Response,
    Scope,
    Send,
    UnreadableError,
    read_body,
    read_head,
    send_response,
)
from comity.gateway.taxii_read import Reader
from comity.gateway.taxii_write import Additions
from comity.store import statuses
from comity.store.accounts import Account, CollectionRow
from comity.store.database import OverBudgetError
from comity.store.directory import Directory
from comity.store.store import Store
from comity.taxii import resources
from comity.taxii.errors import error_body
from comity.taxii.media_type import TAXII, accepts, is_taxii_content

DISCOVERY = "/taxii2/"
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_METHODS = {
    (0,): ("GET",),
    (2, "status"): ("GET",),
    (1, "collections"): ("GET",),
    (2, "collections"): ("GET",),
    (3, "collections", "manifest"): ("GET",),
    (3, "collections", "objects"): ("GET", "POST"),
    (4, "collections", "objects"): ("GET", "DELETE"),
    (5, "collections", "objects", "versions"): ("GET",),
}
"""The methods of each endpoint, by how many parts its path has below the API root, and every second of them."""
_TITLES = {
    400: "bad request",
    401: "who are you?",
    403: "not allowed",
    404: "not found",
    405: "method not allowed",
    406: "not acceptable",
    415: "unsupported media type",
    500: "internal error",
}

_READS = frozenset({"GET", "HEAD"})
_BUDGET = 0.01
"""How long a read may take, in seconds, before it is moved to a thread."""

_SEND_THE_BODY = Response(status=100)
"""Says that the request may be made, and that its answer needs its body."""

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TAXIIServer:
    """An ASGI application; mount it where the other routes of a service do not match."""

    store: Store
    authenticator: Authenticator
    reader: Reader
    additions: Additions
    title: str
    contact: str
    max_content_length: int

    def owns(self, path: str) -> bool:
        """Return whether *path* is below discovery or an API root."""
        start = path.split("/", 2)[1] if path.startswith("/") else ""
        return start in self.store.known_roots or start == DISCOVERY.strip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise RuntimeError(f"scope of type {scope['type']!r}, expected http")
        try:
            response = await self._answered(read_head(scope), receive)
        except UnreadableError as error:
            response = problem(error.status, error.title)
        await send_response(response, send, head=scope["method"] == "HEAD")

    def answer(self, request: Request) -> Response:
        """Return the answer to *request*; a refusal is a TAXII error message (3.6)."""
        return self._guarded(request, self._slow) or problem(500, _TITLES[500])

    async def _answered(self, head: Request, receive: Receive) -> Response:
        """Return the answer, for which the body is read only if the caller may send one."""
        if head.method in _READS and self.store.database.is_embedded and (quick := self._guarded(head, self._quick)):
            return quick
        response = await anyio.to_thread.run_sync(partial(self.answer, head))
        if response is not _SEND_THE_BODY:
            return response
        request = await read_body(head, receive, limit=self.max_content_length)
        return await anyio.to_thread.run_sync(partial(self.answer, request))

    def _guarded(self, request: Request, route: Callable[[Request], Response | None]) -> Response | None:
        """Return what *route* answers, or the refusal that says what is wrong with the request."""
        try:
            return route(request)
        except InvalidRequestError as error:
            return problem(400, _TITLES[400], str(error))
        except RefusedError as error:
            return problem(403, _TITLES[403], str(error))
        except Exception:
            # The outermost loop of a request: the caller learns nothing but a number to ask about.
            error_id = str(uuid4())
            logger.exception("request failed", error_id=error_id, method=request.method)
            return problem(500, _TITLES[500], error_id=error_id)

    def _quick(self, request: Request) -> Response | None:
        """Return the answer to a read, or ``None`` when it takes more than moments and needs a thread."""
        pulse = self.store.pulse()
        caller = self.authenticator.remembered(request.headers.get("authorization"), pulse)
        if caller is None or self.store.is_late(pulse):
            return None
        try:
            with self.store.database.budget(_BUDGET):
                return self._negotiated(request) or self._route(caller, request, self.store.directory(pulse))
        except OverBudgetError:
            return None

    def _slow(self, request: Request) -> Response:
        if refused := self._negotiated(request):
            return refused
        if request.path in {DISCOVERY, DISCOVERY.rstrip("/")}:
            return self._discovery(request)
        caller = self.authenticator.account(request.headers.get("authorization"))
        if caller is None:
            return unauthorised()
        self.store.keep_time()
        return self._route(caller, request, self.store.directory(self.store.pulse()))

    def _negotiated(self, request: Request) -> Response | None:
        """Return the refusal of a caller who takes no TAXII 2.1."""
        accepted = accepts(request.headers.get("accept"))
        return None if accepted else problem(406, _TITLES[406], f"expected {TAXII}")

    def _route(self, account: Account, request: Request, directory: Directory) -> Response:
        if request.path in {DISCOVERY, DISCOVERY.rstrip("/")}:
            return self._discovery(request)
        root, *rest = request.path.lstrip("/").removesuffix("/").split("/")
        methods = _METHODS.get((len(rest), *rest[::2]))
        if methods is None or root not in directory.roots:
            return problem(404, _TITLES[404])
        method = "GET" if request.method == "HEAD" else request.method
        if method not in methods:
            return not_allowed(methods)
        if not rest:
            made = resources.api_root(self.title, max_content_length=self.max_content_length)
            return found(resources.resource_body(made))
        rows = directory.collections_of(self.store.read(), account, root)
        if rest[0] == "status":
            return self._status(rows, root, rest[1])
        if len(rest) == 1:
            return self._collections(rows)
        row = rows.get(rest[1])
        if row is None:
            return problem(404, _TITLES[404])
        return self._of_collection(account, row, rest[2:], request, method)

    def _collections(self, rows: Mapping[str, CollectionRow]) -> Response:
        made = resources.collections([_collection(row) for name, row in rows.items() if name == row.id])
        return found(resources.resource_body(made))

    def _of_collection(
        self, account: Account, row: CollectionRow, rest: list[str], request: Request, method: str
    ) -> Response:
        if not rest:
            return found(resources.resource_body(_collection(row)))
        if method == "POST":
            return self._add(account, row, request)
        if method == "DELETE":
            return self._delete(account, row, rest[1], request)
        if not row.can_read:
            return problem(403, _TITLES[403], "the collection is not readable for this account")
        match rest:
            case ["objects"]:
                return self.reader.objects(row, request)
            case ["manifest"]:
                return self.reader.manifest(row, request)
            case ["objects", object_id, "versions"]:
                return self.reader.versions(row, object_id, request) or problem(404, _TITLES[404])
            case _:
                return self.reader.object(row, rest[1], request) or problem(404, _TITLES[404])

    def _add(self, account: Account, row: CollectionRow, request: Request) -> Response:
        if not row.can_write:
            return problem(403, _TITLES[403], "the collection is not writable for this account")
        if not is_taxii_content(request.headers.get("content-type")):
            return problem(415, _TITLES[415], f"expected {TAXII}")
        if request.body is None:
            return _SEND_THE_BODY
        return self.additions.add(account, row, request)

    def _delete(self, account: Account, row: CollectionRow, object_id: str, request: Request) -> Response:
        if not (row.can_read and row.can_write):
            return problem(403, _TITLES[403], "the collection is not readable and writable for this account")
        if not self.additions.delete(account, row, object_id, request):
            return problem(404, _TITLES[404])
        return Response(status=200, headers={"content-type": TAXII}, body=b"{}")

    def _status(self, rows: Mapping[str, CollectionRow], root: str, status_id: str) -> Response:
        kept = statuses.get(self.store.read(), status_id, root=root) if _UUID.fullmatch(status_id) else None
        row = rows.get(kept[0]) if kept else None
        if kept is None or row is None or not row.can_write:
            return problem(404, _TITLES[404])
        return found(kept[1])

    def _discovery(self, request: Request) -> Response:
        if request.method not in _READS:
            return not_allowed(("GET",))
        names = tuple(f"/{root}/" for root in self.store.directory(self.store.pulse()).roots)
        default = names[0] if names else None
        made = resources.Discovery(title=self.title, contact=self.contact or None, default=default, api_roots=names)
        return found(resources.resource_body(made))


def found(body: bytes) -> Response:
    """Return a success."""
    return Response(status=200, headers={"content-type": TAXII}, body=body)


def problem(status: int, title: str, description: str | None = None, *, error_id: str | None = None) -> Response:
    """Return a refusal as a TAXII error message."""
    body = error_body(status, title, description=description, error_id=error_id)
    return Response(status=status, headers={"content-type": TAXII}, body=body)


def unauthorised() -> Response:
    """Return the answer to a caller who has not proved who it is."""
    body = error_body(401, _TITLES[401])
    return Response(status=401, headers={"content-type": TAXII, "www-authenticate": CHALLENGE}, body=body)


def not_allowed(methods: tuple[str, ...]) -> Response:
    """Return the answer to a method that an endpoint does not have (RFC 7231, 6.5.5)."""
    allow = ", ".join((*methods, "HEAD") if "GET" in methods else methods)
    body = error_body(405, _TITLES[405], description=f"expected {allow}")
    return Response(status=405, headers={"content-type": TAXII, "allow": allow}, body=body)


def _collection(row: CollectionRow) -> resources.Collection:
    return resources.stix_collection(
        row.id,
        row.title,
        can_read=row.can_read,
        can_write=row.can_write,
        alias=row.alias,
        description=row.description or None,
    )
