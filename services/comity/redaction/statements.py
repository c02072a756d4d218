"""The extensions of a lesser form: sharing restated, origin told, the duty clock and the asset cut down."""

from collections.abc import Mapping
from typing import Any

from comity_schemas.extensions import ASSET, DUTY_CLOCK

from comity.domain.label import RELEASE_ALL, Label
from comity.redaction.pseudonym import Keys
from comity.redaction.times import day_of, month_of

_PROPERTY = {"extension_type": "property-extension"}
_CLOCK_DAYS = ("aware_at", "notified_at", "shared_at")
_CLOCK_PLAIN = ("rsit", "sector", "criticality", "organisations", "deadline_hours", "personal_data")
_ASSET_PLAIN = ("asset_kind", "member", "sector")
_BANDS = (90, 50, 30, 1, 0)
"""The lowest criticality of each band: extreme, high, moderate, low, none."""


def release(label: Label, stated: Mapping[str, Any], *, text: str | None) -> dict[str, Any]:
    """Return the release statement of a form: its own label and purposes, else what the owner *stated* of the object.

    *text* is the label that stands for the tier of the form, where there is one.
    """
    values = {
        "label": text,
        "releasable_to": _releasable(label.releasable),
        "withheld_from": sorted(label.withheld),
        "named_desks": sorted(map(str, label.named)),
        "purposes": sorted(label.purposes),
        "embargo_until": stated.get("embargo_until"),
        "embargo_exempt": stated.get("embargo_exempt"),
        "retention_days": stated.get("retention_days"),
        "personal": label.personal.name.lower(),
        "victims": sorted(label.victims),
        "sector": None if label.sector == "none" else label.sector,
        "urgent": label.urgent or None,
        "approved": label.approved or None,
    }
    kept = {name: value for name, value in values.items() if value is not None and value != []}
    if label.releasable is not None:
        kept["releasable_to"] = values["releasable_to"]
    return {**_PROPERTY, **kept}


def provenance(label: Label, policy: str, omitted: list[str], **observable: str | None) -> dict[str, Any]:
    """Return how the form was made, and what identifies the observable where its value is hidden."""
    known = {name: value for name, value in observable.items() if value is not None}
    return {**_PROPERTY, "form": label.form.word, "omitted": omitted, "policy": policy, **known}


def details(obj: Mapping[str, Any], keys: Keys) -> dict[str, Any]:
    """Return the duty clock and the asset of *obj* without what names anybody, times to the day."""
    extensions = obj.get("extensions", {})
    kept = {}
    if DUTY_CLOCK in extensions:
        clock = extensions[DUTY_CLOCK]
        days = {name: day_of(clock[name]) for name in _CLOCK_DAYS if name in clock}
        kept[DUTY_CLOCK] = {**_PROPERTY, **_case(clock, keys), **_of(clock, _CLOCK_PLAIN), **days}
    if ASSET in extensions:
        kept[ASSET] = {**_PROPERTY, **_of(extensions[ASSET], _ASSET_PLAIN)}
    return kept


def summary(obj: Mapping[str, Any], keys: Keys) -> dict[str, Any]:
    """Return what oversight may know of an incident: the month, sector, class and band, never detail."""
    clock = obj.get("extensions", {}).get(DUTY_CLOCK)
    if clock is None:
        return {}
    kept = {**_case(clock, keys), **_of(clock, ("sector", "personal_data")), "aware_at": month_of(clock["aware_at"])}
    if "rsit" in clock:
        kept["rsit"] = clock["rsit"].partition("/")[0]
    if "criticality" in clock:
        kept["criticality"] = next(band for band in _BANDS if clock["criticality"] >= band)
    return {DUTY_CLOCK: {**_PROPERTY, **kept}}


def _case(clock: Mapping[str, Any], keys: Keys) -> dict[str, str]:
    return {"case": keys.pseudonym("case", clock["case"])} if "case" in clock else {}


def _of(values: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def _releasable(releasable: frozenset[str] | None) -> str | list[str] | None:
    if releasable is None:
        return None
    return "ALL" if releasable == RELEASE_ALL else sorted(releasable)
