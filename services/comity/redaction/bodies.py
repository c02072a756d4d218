"""The body of one lesser form, made by allowlist: what is not named in ``shapes`` and ``statements`` is dropped.

A form that hides a victim holds pseudonyms in place of names and observables; patterns are kept or replaced whole,
never edited.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from comity_schemas.extensions import EXERCISE_MARKING, PROVENANCE, RELEASE
from comity_schemas.stix import OBSERVABLES, TLP_2

from comity.domain.identity import identity_of, national_marking_of
from comity.domain.label import Label, Personal
from comity.domain.tier import Tier
from comity.redaction import statements
from comity.redaction.granular import exceeding, pruned, selected
from comity.redaction.pseudonym import Keys
from comity.redaction.shapes import EVERYWHERE, SHAPES, Naming, Shape, group_of
from comity.redaction.times import day_of, end_of_day, month_of

_PSEUDONYM_PATTERN = "[x-comity-pseudonym:value = '{}']"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a node knows around the object that it makes forms of."""

    tier_labels: Mapping[Tier, str] = field(default_factory=dict)
    """Tier -> the platform's label for it."""
    refs: Mapping[str, str] = field(default_factory=dict)
    """Id of an object -> the id under which readers of the forms have it; what is missing here they do not have."""
    previous: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Id of a form -> its last version, which stands while nothing that can be seen in it changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The object that forms are made of, and what its owner makes them with."""

    body: Mapping[str, Any]
    label: Label
    keys: Keys
    policy: str
    fingerprint: bytes | None
    kind_of_observable: str | None

    @property
    def hides_victim(self) -> bool:
        """Whether every lesser form has a victim to hide."""
        return self.label.personal is Personal.DIRECT


def reduced(subject: Subject, label: Label, around: Surroundings) -> dict[str, Any] | None:
    """Return the form for *label*, or ``None`` where nothing that makes sense would be left."""
    shape = SHAPES.get(subject.body["type"])
    if shape is None:
        return None
    protecting = _protecting(subject, label)
    visible = _without(subject.body, selected(protecting))
    form = _common(subject, label, around)
    form |= _kept(visible, shape, hides_victim=subject.hides_victim)
    form |= _coarsened(visible, shape)
    form |= _rewritten(visible, shape, around.refs)
    form |= _named(subject, shape, kept=form)
    if shape.needs - form.keys():
        return None
    form["extensions"] = statements.details(visible, subject.keys)
    if markings := pruned(subject.body, form, without=protecting):
        form["granular_markings"] = markings
    return _stated(form, subject, label, around)


def summarised(subject: Subject, label: Label, around: Surroundings) -> dict[str, Any]:
    """Return the summary of an incident for *label*, for those who oversee and read no detail."""
    visible = _without(subject.body, selected(_protecting(subject, label)))
    form = {**_common(subject, label, around), "name": "incident"}
    form["created"] = month_of(subject.body["created"])
    form["modified"] = month_of(subject.body["modified"])
    form.pop("confidence", None)
    form["extensions"] = statements.summary(visible, subject.keys)
    return _stated(form, subject, label, around)


def _protecting(subject: Subject, label: Label) -> list[dict[str, Any]]:
    """Return the granular markings that a form under a lesser label must honour by leaving out what they select."""
    same = (label.tlp, label.tier) == (subject.label.tlp, subject.label.tier)
    return [] if same else exceeding(subject.body, label.tlp)


def _without(obj: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in obj.items() if name not in names or name == "type"}


def _common(subject: Subject, label: Label, around: Surroundings) -> dict[str, Any]:
    obj = subject.body
    form: dict[str, Any] = {
        "type": obj["type"],
        "spec_version": "2.1",
        "id": subject.keys.form_id(obj["id"], label.form, label.tier),
    }
    if obj["type"] not in OBSERVABLES:
        # The origin's node makes the form, whoever inside the member wrote the object.
        form["created_by_ref"] = identity_of(label.origin)
        form["created"] = day_of(obj["created"])
        form["modified"] = day_of(obj["modified"])
    form["object_marking_refs"] = _markings(label, around.tier_labels)
    return form | {name: obj[name] for name in EVERYWHERE if name in obj}


def _markings(label: Label, tier_labels: Mapping[Tier, str]) -> list[str]:
    markings = [TLP_2[label.tlp.word]]
    if label.tier in tier_labels:
        markings.append(national_marking_of(label.origin, tier_labels[label.tier]))
    if label.exercise:
        markings.append(EXERCISE_MARKING)
    return markings


def _kept(obj: Mapping[str, Any], shape: Shape, *, hides_victim: bool) -> dict[str, Any]:
    names = shape.plain if hides_victim else shape.plain | shape.telling
    kept = {name: obj[name] for name in sorted(names) if name in obj}
    if "kill_chain_phases" in kept:
        kept["kill_chain_phases"] = [_phase(each) for each in kept["kill_chain_phases"]]
    if obj["type"] == "vulnerability" and not hides_victim and (cves := _cves(obj)):
        kept["external_references"] = cves
    return kept


def _phase(phase: Mapping[str, Any]) -> dict[str, Any]:
    return {name: phase[name] for name in ("kill_chain_name", "phase_name")}


def _cves(obj: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"source_name": "cve", "external_id": each["external_id"]}
        for each in obj.get("external_references", ())
        if each["source_name"] == "cve" and "external_id" in each
    ]


def _coarsened(obj: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    days = {name: day_of(obj[name]) for name in sorted(shape.days) if name in obj}
    return days | {name: end_of_day(obj[name]) for name in sorted(shape.ends) if name in obj}


def _rewritten(obj: Mapping[str, Any], shape: Shape, refs: Mapping[str, str]) -> dict[str, Any]:
    single = {name: refs[obj[name]] for name in sorted(shape.ref) if obj.get(name) in refs}
    lists = {name: [refs[each] for each in obj.get(name, ()) if each in refs] for name in sorted(shape.refs)}
    return single | {name: ids for name, ids in lists.items() if ids}


def _named(subject: Subject, shape: Shape, *, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return the pseudonyms that stand for a name that was dropped and for a pattern that would name the victim."""
    if shape.naming is Naming.NEVER or not (
        subject.hides_victim or (shape.naming is Naming.MUST and "name" not in kept)
    ):
        return {}
    obj, keys = subject.body, subject.keys
    if obj["type"] == "incident":
        return {"name": f"incident {keys.pseudonym('incident', obj['id'])}"}
    pseudonym = keys.pseudonym(obj["type"], _value(subject))
    if obj["type"] != "indicator":
        return {"name": pseudonym}
    return {"name": pseudonym, "pattern": _PSEUDONYM_PATTERN.format(pseudonym), "pattern_type": "stix"}


def _value(subject: Subject) -> str:
    """Return what tells the victim from others: the observable, else the pattern, the name or the id."""
    if subject.fingerprint is not None:
        return subject.fingerprint.hex()
    obj = subject.body
    return str(obj.get("pattern") or obj.get("name") or obj["id"])


def _stated(form: dict[str, Any], subject: Subject, label: Label, around: Surroundings) -> dict[str, Any]:
    """Return *form* with its release statement and its provenance."""
    stated = subject.body.get("extensions", {}).get(RELEASE, {})
    groups = {group_of(name) for name, value in subject.body.items() if form.get(name) != value} - {None}
    # Where the value itself can be read, a fingerprint would only help to guess others' values.
    hidden = subject.fingerprint if subject.hides_victim else None
    form["extensions"] |= {
        RELEASE: statements.release(label, stated, text=around.tier_labels.get(label.tier)),
        PROVENANCE: statements.provenance(
            label,
            subject.policy,
            sorted(map(str, groups)),
            fingerprint=None if hidden is None else hidden.hex(),
            observable_kind=subject.kind_of_observable,
        ),
    }
    return form
