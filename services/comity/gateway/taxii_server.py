"""The TAXII 2.1 server as a plain ASGI application: paths, permissions and media types (TAXII 2.1, 3 to 5).

Nobody reaches anything but discovery without credentials. What a caller has no right to is answered as if it were not
there.
"""

import re
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
from comity.store import accounts, statuses
from comity.store.accounts import Account, CollectionRow
from comity.store.store import Store
from comity.taxii import resources
from comity.taxii.errors import error_body
from comity.taxii.media_type import TAXII, accepts, is_taxii_content

DISCOVERY = "/taxii2/"
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_METHODS = {
    (): ("GET",),
    ("status", "*"): ("GET",),
    ("collections",): ("GET",),
    ("collections", "*"): ("GET",),
    ("collections", "*", "manifest"): ("GET",),
    ("collections", "*", "objects"): ("GET", "POST"),
    ("collections", "*", "objects", "*"): ("GET", "DELETE"),
    ("collections", "*", "objects", "*", "versions"): ("GET",),
}
_FIXED = frozenset({"collections", "manifest", "objects", "versions", "status"})
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
        try:
            return self._route(request)
        except InvalidRequestError as error:
            return problem(400, _TITLES[400], str(error))
        except RefusedError as error:
            return problem(403, _TITLES[403], str(error))
        except Exception:
            # The outermost loop of a request: the caller learns nothing but a number to ask about.
            error_id = str(uuid4())
            logger.exception("request failed", error_id=error_id, method=request.method)
            return problem(500, _TITLES[500], error_id=error_id)

    async def _answered(self, head: Request, receive: Receive) -> Response:
        """Return the answer, for which the body is read only if the caller may send one."""
        response = await anyio.to_thread.run_sync(partial(self.answer, head))
        if response is not _SEND_THE_BODY:
            return response
        request = await read_body(head, receive, limit=self.max_content_length)
        return await anyio.to_thread.run_sync(partial(self.answer, request))

    def _route(self, request: Request) -> Response:
        if not accepts(request.headers.get("accept")):
            return problem(406, _TITLES[406], f"expected {TAXII}")
        if request.path in {DISCOVERY, DISCOVERY.rstrip("/")}:
            return self._discovery() if request.method in {"GET", "HEAD"} else not_allowed(("GET",))
        account = self.authenticator.account(request.headers.get("authorization"))
        if account is None:
            return unauthorised()
        self.store.keep_time()
        root, *rest = request.path.strip("/").split("/")
        shape = tuple(part if place % 2 == 0 and part in _FIXED else "*" for place, part in enumerate(rest))
        methods = _METHODS.get(shape)
        if methods is None or root not in accounts.roots(self.store.read()):
            return problem(404, _TITLES[404])
        method = "GET" if request.method == "HEAD" else request.method
        if method not in methods:
            return not_allowed(methods)
        return self._of_root(account, root, rest, request, method)

    def _of_root(self, account: Account, root: str, rest: list[str], request: Request, method: str) -> Response:
        match rest:
            case []:
                made = resources.api_root(self.title, max_content_length=self.max_content_length)
                return found(resources.resource_body(made))
            case ["status", status_id]:
                return self._status(account, root, status_id)
            case ["collections"]:
                rows = accounts.collections_of(self.store.read(), account, root)
                made_all = resources.collections([_collection(row) for row in rows])
                return found(resources.resource_body(made_all))
            case _:
                row = accounts.collection(self.store.read(), account, root, rest[1])
                return (
                    problem(404, _TITLES[404])
                    if row is None
                    else self._of_collection(account, row, rest[2:], request, method)
                )

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

    def _status(self, account: Account, root: str, status_id: str) -> Response:
        kept = statuses.get(self.store.read(), status_id, root=root) if _UUID.fullmatch(status_id) else None
        row = accounts.collection(self.store.read(), account, root, kept[0]) if kept else None
        if kept is None or row is None or not row.can_write:
            return problem(404, _TITLES[404])
        return found(kept[1])

    def _discovery(self) -> Response:
        names = tuple(f"/{root}/" for root in accounts.roots(self.store.read()))
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
