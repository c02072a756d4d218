"""The label of what is said about somebody else's object: it never reaches further than that object does."""

from dataclasses import replace

from comity.domain.label import RELEASE_ALL, Label


def restricted(label: Label, about: Label) -> Label:
    """Return *label* narrowed to the audience of *about*, whose origin may always be told."""
    return replace(
        label,
        tlp=max(label.tlp, about.tlp),
        tier=max(label.tier, about.tier),
        purposes=label.purposes & about.purposes,
        releasable=_both(label.releasable, _with_origin(about)),
        withheld=(label.withheld | about.withheld) - {label.origin, about.origin},
        embargo_exempt=_exempt(label, about),
        exercise=label.exercise or about.exercise,
        blocked=label.blocked or about.blocked,
    )


def _with_origin(about: Label) -> frozenset[str] | None:
    if about.releasable is None or about.releasable == RELEASE_ALL:
        return about.releasable
    return about.releasable | {about.origin}


def _both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    """Return the narrower of two release statements; a missing one leaves what the rules open to all."""
    if one == RELEASE_ALL:
        return other
    if other == RELEASE_ALL or other is None:
        return one
    return other if one is None else one & other


def _exempt(label: Label, about: Label) -> frozenset[str] | None:
    if about.embargo_exempt is None:
        return label.embargo_exempt
    exempt = about.embargo_exempt | {about.origin}
    return exempt if label.embargo_exempt is None else exempt & label.embargo_exempt
