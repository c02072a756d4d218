"""A map of submarine cables as GeoJSON (RFC 7946); Comity ships none, and draws none.

A feature is a cable, or a part of one, with its ``id`` and ``name`` among its properties, and where it is known
``landing_points``: names, or objects with ``name`` and ``country``. Geometry is not read.
"""

from collections.abc import Iterator
from typing import Any

from comity.analytics.importers.documents import document, made, objects, text
from comity.domain.asset import Asset, AssetKind
from comity.errors import InvalidObjectError


def read(raw: bytes, member: str, country: str) -> Iterator[Asset]:
    """Yield the cables; with *country*, those that land at a place whose name ends in it.

    Raises:
        InvalidObjectError: it is no GeoJSON feature collection.
    """
    collection = document(raw, "the map")
    if not isinstance(collection, dict) or collection.get("type") != "FeatureCollection":
        raise InvalidObjectError("type is missing, expected 'FeatureCollection'")
    found: dict[str, tuple[str, dict[str, None]]] = {}
    for feature in objects(collection.get("features")):
        stated = feature.get("properties")
        about: dict[str, Any] = stated if isinstance(stated, dict) else {}
        key = _first(about, "cable_id", "id", "slug")
        if key:
            name, places = found.setdefault(key, (_first(about, "name", "cable_name"), {}))
            places.update(dict.fromkeys(_places(about.get("landing_points"))))
    for key, (name, places) in found.items():
        if not country or any(place.casefold().endswith(country.casefold()) for place in places):
            yield made(
                key=f"cable/{key}"[:512],
                member=member,
                kind=AssetKind.CABLE,
                name=name,
                landing_points=tuple(places),
            )


def _first(about: dict[str, Any], *names: str) -> str:
    return next(filter(None, (text(about.get(name)) for name in names)), "")


def _places(value: object) -> Iterator[str]:
    for one in value if isinstance(value, list) else ():
        if isinstance(one, dict):
            yield ", ".join(filter(None, (text(one.get("name")), text(one.get("country")))))
        elif text(one):
            yield text(one)
