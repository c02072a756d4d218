"""Around every handler: refusals become pages, and every answer carries the same protection."""

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import structlog
from fastapi import HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from comity.errors import (
    ComityError,
    InvalidObjectError,
    InvalidRequestError,
    NotFoundError,
    RefusedError,
    SyncError,
)
from comity.portal.access import NOTHING_HERE
from comity.portal.answers import FORMATS, HEADERS, Renderer

MOST_BYTES = 2 << 20
"""The largest form that is read."""

_STATUS_OF = (
    (NotFoundError, 404),
    (RefusedError, 403),
    (InvalidObjectError, 400),
    (InvalidRequestError, 400),
    (SyncError, 502),
)
_TITLES = {
    400: "This cannot be understood",
    401: "Log in first",
    403: "Not allowed",
    404: "Nothing here",
    411: "This cannot be read",
    413: "This is too large",
    502: "The other side cannot be reached",
}
_FAILED = "Something failed"

logger = structlog.get_logger(__name__)
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def status_of(error: ComityError) -> int:
    """Return the HTTP status that says what kind of refusal it is."""
    return next((status for kind, status in _STATUS_OF if isinstance(error, kind)), 500)


def route_class(renderer: Renderer) -> type[APIRoute]:
    """Return the class of all routes of the pages that *renderer* draws."""

    class PortalRoute(APIRoute):
        """A route whose refusals are pages."""

        def get_route_handler(self) -> Handler:
            handle = super().get_route_handler()

            async def answer(request: Request) -> Response:
                response = await _guarded(handle, request, renderer)
                for name, value in HEADERS.items():
                    response.headers[name] = value
                response.headers.setdefault("Cache-Control", "no-store")
                return response

            return answer

    return PortalRoute


async def _guarded(handle: Handler, request: Request, renderer: Renderer) -> Response:
    try:
        _check_size(request)
        return await handle(request)
    except HTTPException as error:
        return _refusal(request, renderer, error.status_code, str(error.detail))
    except RequestValidationError:
        return _refusal(request, renderer, 400, "a value of the form or the address is not as expected")
    except NotFoundError:
        # One text for all: what is hidden reads like what does not exist.
        return _refusal(request, renderer, 404, NOTHING_HERE)
    except ComityError as error:
        return _refusal(request, renderer, status_of(error), str(error))
    except Exception:
        # The outermost loop of a request: the caller learns nothing but a number to ask about.
        number = str(uuid4())
        logger.exception("page failed", error_id=number, method=request.method)
        return renderer.problem(request, 500, _FAILED, f"the operators of this node can look up the number {number}")


def _refusal(request: Request, renderer: Renderer, status: int, detail: str) -> Response:
    if status == 401 and request.query_params.get("format") not in FORMATS[1:]:
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        onward = f"?next={quote(target)}" if request.method == "GET" else ""
        return RedirectResponse(f"/{onward}", status_code=303)
    return renderer.problem(request, status, _TITLES.get(status, _FAILED), detail)


def _check_size(request: Request) -> None:
    if request.method != "POST":
        return
    length = request.headers.get("content-length", "")
    if not length.isdigit():
        raise HTTPException(411, "the length of the form is not stated")
    if int(length) > MOST_BYTES:
        raise HTTPException(413, f"the form has {length} bytes, expected at most {MOST_BYTES}")
