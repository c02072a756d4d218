"""The registry of assets: what is put into it, in what form, and how the shared part of it is exchanged."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

import msgspec

from comity.analytics.context import Analytics
from comity.correlation.exposure import CPE, Affected
from comity.dedup.canonical import value_of
from comity.domain.asset import Asset
from comity.errors import InvalidObjectError, RefusedError
from comity.store import assets as stored
from comity.store.database import Connection
from comity.transport.client import ServiceClient

ROUTE = "/api/registry"
"""Where the federation keeps what crosses borders."""

_Value = TypeVar("_Value", Asset, Affected)


def asset_of(values: object) -> Asset:
    """Return the asset that decoded JSON states, its host names in canonical form.

    Raises:
        InvalidObjectError: it states none; the message names the property and what was expected.
    """
    asset = _converted(values, Asset)
    try:
        for text in asset.software:
            CPE.parse(text)
    except ValueError as error:
        raise InvalidObjectError(f"asset {asset.key[:80]!r}: {error}") from error
    return replace(asset, domains=tuple(value_of("domain", name) for name in asset.domains))


def affected_of(values: object) -> Affected:
    """Return the range of versions that decoded JSON states; its ``cpe`` is a CPE 2.3 name.

    Raises:
        InvalidObjectError: it states none.
    """
    if not isinstance(values, Mapping) or not isinstance(values.get("cpe"), str):
        raise InvalidObjectError("affected software has no cpe, expected a CPE 2.3 name")
    try:
        cpe = CPE.parse(values["cpe"])
    except ValueError as error:
        raise InvalidObjectError(str(error)) from error
    parts = {each.name: getattr(cpe, each.name) for each in fields(CPE)}
    return _converted({**values, "cpe": parts}, Affected)


def as_json(assets: Iterable[Asset]) -> list[dict[str, Any]]:
    """Return assets as JSON states them."""
    return [msgspec.to_builtins(asset) for asset in assets]


def import_assets(analytics: Analytics, assets: Sequence[Asset], *, whole: bool = False) -> int:
    """Put assets of the node's own member into its registry; return how many are in it.

    Raises:
        RefusedError: one is of another member.
    """
    with analytics.store.write() as connection:
        return register(connection, analytics.member, assets, whole=whole)


def register(connection: Connection, origin: str, assets: Sequence[Asset], *, whole: bool = False) -> int:
    """Put assets of *origin* into a registry; return how many it has of all origins.

    Raises:
        RefusedError: one is of another member, or has the key of an asset of another origin.
    """
    foreign = next((one for one in assets if origin not in {stored.KEEPER, one.member}), None)
    if foreign is not None:
        raise RefusedError(f"asset {foreign.key[:80]!r} is of {foreign.member[:20]!r}, expected {origin}")
    taken = stored.keys_of_others(connection, origin, [one.key for one in assets])
    if taken:
        raise RefusedError(f"asset {taken[0][:80]!r} is registered by another, expected a key of {origin}'s own")
    return stored.put_assets(connection, origin, assets, whole=whole)


def exchange(analytics: Analytics, client: ServiceClient) -> dict[str, int]:
    """Send the member's shared assets to the federation, and fetch what all others share; return how many of each.

    Operators go out as pseudonyms: stable for this member, and linkable to nobody by others.

    Raises:
        SyncError: the federation could not be reached, or refused.
    """
    every = stored.all_assets(analytics.store.read(), analytics.member)
    own = [_without_operator(analytics, asset) for asset in every if asset.shared]
    client.put_json(ROUTE, as_json(own))
    listed = client.get_json(ROUTE)
    others = {origin: [asset_of(one) for one in several] for origin, several in listed.items()}
    others.pop(analytics.member, None)
    with analytics.store.write() as connection:
        stored.replace_others(connection, analytics.member, others)
    return {"sent": len(own), "fetched": sum(map(len, others.values()))}


def _without_operator(analytics: Analytics, asset: Asset) -> Asset:
    return replace(asset, operator=asset.operator and analytics.keys.pseudonym("operator", asset.operator))


def _converted(values: object, wanted: type[_Value]) -> _Value:
    names = {each.name for each in fields(wanted)}
    if not isinstance(values, Mapping):
        raise InvalidObjectError(f"{wanted.__name__.lower()} is no JSON object")
    unknown = sorted(str(name) for name in values.keys() - names)
    if unknown:
        raise InvalidObjectError(f"property is {unknown[0][:40]!r}, expected some of {', '.join(sorted(names))}")
    try:
        return msgspec.convert(dict(values), wanted)
    except msgspec.ValidationError as error:
        raise InvalidObjectError(f"{wanted.__name__.lower()}: {error}") from error
