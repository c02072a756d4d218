"""The JSON API of a node's analytics, for its operators, and that of the federation's registry, for members' nodes."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from comity.analytics import questions, registry, worker
from comity.analytics.context import Analytics
from comity.analytics.hunts import Hunts
from comity.domain.desk import Role
from comity.errors import InvalidRequestError
from comity.gateway.authentication import CHALLENGE, Authenticator
from comity.store import assets as stored
from comity.store.accounts import Account
from comity.store.assets import Touch
from comity.store.store import Store
from comity.transport.client import ServiceClient

MOST_ASSETS = 500_000
"""The assets that one request may carry."""

_Objects = list[dict[str, Any]]


class DetectionRequest(BaseModel):
    """What was seen at the member, how often, or that it is a false alarm."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(max_length=40)
    value: str = Field(max_length=8000)
    count: int = Field(default=1, ge=0, le=999_999_999)
    refuted: bool = False
    reference: str = Field(default="", max_length=200)


class LoadRequest(BaseModel):
    """A file of telemetry that lies in the folder for incoming ones, and its format."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=255)
    format: str = Field(max_length=20)


class HuntRequest(BaseModel):
    """Whether to look only for what came in since the last hunt."""

    model_config = ConfigDict(extra="forbid")

    new: bool = False


def create_router(
    analytics: Analytics, hunts: Hunts, client: ServiceClient | None, authenticator: Authenticator
) -> APIRouter:
    """Return the routes of a node; every one of them is for accounts of its CERT only."""
    caller = _of_role(authenticator, Role.CERT, "only the operators of the CERT may do this")
    router = APIRouter(prefix="/api/analytics", dependencies=[Depends(caller)], tags=["analytics"])
    _add_registry(router, analytics, client)
    _add_answers(router, analytics)
    _add_hunts(router, hunts)
    return router


def create_registry_router(store: Store, authenticator: Authenticator, *, role: str) -> APIRouter:
    """Return the routes of the federation's registry; every one of them is for the accounts of members' nodes."""
    node = _of_role(authenticator, role, "only the nodes of members may do this")
    caller = Annotated[Account, Depends(node)]
    router = APIRouter(tags=["registry"])

    @router.put(registry.ROUTE)
    def put(body: _Objects, account: caller) -> dict[str, int]:
        """Keep these as all that the calling member shares."""
        assets = [registry.asset_of(one) for one in _not_too_many(body)]
        with store.write() as connection:
            return {"assets": registry.register(connection, account.member, assets, whole=True)}

    @router.get(registry.ROUTE)
    def get(_account: caller) -> dict[str, _Objects]:
        """List what every member shares, and what the keeper of the registry put there."""
        by_origin = stored.assets_by_origin(store.read())
        return {origin: registry.as_json(assets) for origin, assets in by_origin.items()}

    return router


def _add_registry(router: APIRouter, analytics: Analytics, client: ServiceClient | None) -> None:
    @router.get("/assets")
    def assets() -> _Objects:
        """List the member's own assets."""
        return registry.as_json(stored.all_assets(analytics.store.read(), analytics.member))

    @router.post("/assets")
    def add_assets(body: _Objects) -> dict[str, int]:
        """Add assets of the member, each in place of the one with its key."""
        several = [registry.asset_of(one) for one in _not_too_many(body)]
        return {"assets": registry.import_assets(analytics, several)}

    @router.post("/affected")
    def add_affected(body: _Objects) -> dict[str, int]:
        """Keep which versions of software vulnerabilities affect."""
        several = [registry.affected_of(one) for one in _not_too_many(body)]
        with analytics.store.write() as connection:
            stored.put_affected(connection, several)
        return {"affected": len(several)}

    @router.post("/registry")
    def exchange() -> dict[str, int]:
        """Send the member's shared assets to the federation, and fetch those of others."""
        if client is None:
            raise HTTPException(409, "this node has not been admitted to a federation")
        return registry.exchange(analytics, client)

    @router.post("/run")
    def run() -> dict[str, int]:
        """Correlate everything that is new."""
        return worker.run(analytics)


def _add_answers(router: APIRouter, analytics: Analytics) -> None:
    @router.get("/matches")
    def matches(limit: Annotated[int, Query(ge=1, le=100_000)] = 1_000) -> _Objects:
        """List what of what the CERT may read touches an asset, and why."""
        viewers = analytics.viewers(analytics.store.read())
        return [touch_json(one) for one in questions.touches(analytics, viewers, limit=limit)]

    @router.get("/alerts")
    def alerts() -> _Objects:
        """List the addresses that lie in networks of the member's own."""
        viewers = analytics.viewers(analytics.store.read())
        return [touch_json(one) for one in questions.own_range_alerts(analytics, viewers)]

    @router.post("/exposure")
    def exposure(body: _Objects) -> dict[str, list[str]]:
        """Tell which of the member's assets run software in the ranges asked about; the question stays here."""
        ranges = [registry.affected_of(one) for one in _not_too_many(body)]
        return {key: list(names) for key, names in questions.exposure(analytics, ranges).items()}

    @router.get("/detections")
    def detections() -> _Objects:
        """List what was seen at the member, and since when it had been warned."""
        return [asdict(one) for one in stored.all_detections(analytics.store.read())]

    @router.post("/detections")
    def detect(body: DetectionRequest) -> dict[str, Any]:
        """Keep that something was seen here, known or not; it stays here."""
        return asdict(questions.detect(analytics, **body.model_dump()))

    @router.get("/cascade")
    def cascade(lost: Annotated[list[str], Query(max_length=1_000)]) -> dict[str, Any]:
        """Tell what the loss of assets takes from others."""
        return asdict(questions.cascade(analytics, lost))

    @router.get("/campaigns")
    def campaigns() -> _Objects:
        """List the cases that belong together, across borders."""
        viewers = analytics.viewers(analytics.store.read())
        return [questions.campaign_json(one) for one in questions.campaigns(analytics, viewers)]


def _add_hunts(router: APIRouter, hunts: Hunts) -> None:
    @router.get("/telemetry")
    def files() -> _Objects:
        """List the files of telemetry that can be loaded."""
        return hunts.files()

    @router.post("/telemetry", status_code=202)
    def load(body: LoadRequest) -> dict[str, Any]:
        """Begin to load one of them."""
        hunts.load(body.name, body.format)
        return hunts.standing()

    @router.get("/hunt")
    def standing() -> dict[str, Any]:
        """Tell how the job stands, and what the last hunt found."""
        return hunts.standing()

    @router.post("/hunt", status_code=202)
    def hunt(body: HuntRequest) -> dict[str, Any]:
        """Begin a hunt in the telemetry that is kept."""
        hunts.hunt(new=body.new)
        return hunts.standing()


def touch_json(one: Touch) -> dict[str, Any]:
    """Return a match as JSON states it, without the object's bytes."""
    names = ("kind", "value", "asset", "rule", "layer", "confidence", "evidence", "shared_by", "since")
    return {name: getattr(one, name) for name in names}


def _of_role(authenticator: Authenticator, role: str, refusal: str) -> Callable[[Request], Account]:
    def caller(request: Request) -> Account:
        account = authenticator.account(request.headers.get("authorization"))
        if account is None:
            raise HTTPException(401, "who are you?", headers={"WWW-Authenticate": CHALLENGE})
        if account.role != role:
            raise HTTPException(403, refusal)
        return account

    return caller


def _not_too_many(body: _Objects) -> _Objects:
    if len(body) > MOST_ASSETS:
        raise InvalidRequestError(f"{len(body)} entries, expected at most {MOST_ASSETS}")
    return body
