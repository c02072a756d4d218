"""What every group of routes works with."""

from dataclasses import dataclass

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from comity.errors import ComityError
from comity.portal.access import Caller, Gate
from comity.portal.answers import Renderer
from comity.portal.services import PortalServices
from comity.store.search import Search


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The pages of one node."""

    services: PortalServices
    gate: Gate
    renderer: Renderer
    search: Search


def onward(path: str) -> Response:
    """Return the answer to a form that was carried out: read *path* next."""
    return RedirectResponse(path, status_code=303)


def say(caller: Caller, kind: str, text: str) -> None:
    """Let the next page say *text*: something is ``done``, or was ``refused``."""
    if caller.session is not None:
        caller.session.notices.append((kind, text))


def refused(caller: Caller, error: ComityError) -> None:
    """Let the next page say why something was refused."""
    say(caller, "refused", str(error))


def whole_number(request: Request, name: str) -> int | None:
    """Return the number in the address under *name*; what is none is as good as nothing."""
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
