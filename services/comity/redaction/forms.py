"""The lesser forms of an object: each an object of its own, as only its creator may version one (STIX 2.1, 3.6)."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from comity_schemas.extensions import PROVENANCE

from comity.domain.label import Form, Kind, Label, Personal
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.redaction.bodies import Subject, Surroundings, reduced, summarised
from comity.redaction.pseudonym import Keys
from comity.redaction.times import just_after

_ALONE = Surroundings()


def forms_of(
    obj: Mapping[str, Any],
    label: Label,
    *,
    offers_tier: Tier | None,
    keys: Keys,
    policy: str,
    fingerprint: bytes | None = None,
    kind_of_observable: str | None = None,
    around: Surroundings = _ALONE,
) -> list[tuple[Label, dict[str, Any]]]:
    """Return the lesser forms of *obj*, the decoded object labelled *label*, with the label of each, the richest first.

    There is none of an object that is itself a lesser form, is sovereign, or is of a type that is not known. *policy*
    is the digest of the rules in force in hexadecimal; *fingerprint* is the keyed one of the observable that *obj* is
    about, by which equal observables merge although their value is hidden.
    """
    if not has_lesser(label, offers_tier):
        return []
    subject = Subject(
        body=obj, label=label, keys=keys, policy=policy, fingerprint=fingerprint, kind_of_observable=kind_of_observable
    )
    forms: list[tuple[Label, dict[str, Any]]] = []
    for lesser in _labels(label, offers_tier):
        make = summarised if lesser.form is Form.SUMMARY else reduced
        body = make(subject, lesser, around)
        if body is None:
            break
        forms.append((lesser, _versioned(body, around.previous.get(body["id"]))))
    return forms


def has_lesser(label: Label, offers_tier: Tier | None) -> bool:
    """Return whether an object with *label* may have lesser forms at all; most have none."""
    return next(_labels(label, offers_tier), None) is not None


def _labels(label: Label, offers_tier: Tier | None) -> Iterator[Label]:
    if label.form is not Form.FULL or label.tier is Tier.C4:
        return
    last = label
    if label.personal is Personal.DIRECT:
        last = replace(label, form=Form.PSEUDONYMISED, personal=Personal.PSEUDONYMOUS, richer=last)
        yield last
    if offers_tier is not None and offers_tier < label.tier:
        last = replace(last, form=Form.PSEUDONYMISED, tlp=TLP.AMBER, tier=offers_tier, richer=last)
        yield last
    if label.kind is Kind.INCIDENT:
        yield replace(last, form=Form.SUMMARY, richer=last)


def _versioned(form: dict[str, Any], previous: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the last version while nothing visible has changed, else *form* as a later one."""
    if previous is None:
        return form
    if _visible(form) == _visible(previous):
        return dict(previous)
    if "modified" in form and form["modified"] <= previous["modified"]:
        form["modified"] = just_after(previous["modified"])
    return form


def _visible(form: Mapping[str, Any]) -> dict[str, Any]:
    origin = {name: value for name, value in form["extensions"][PROVENANCE].items() if name != "policy"}
    return {**form, "modified": None, "extensions": {**form["extensions"], PROVENANCE: origin}}
