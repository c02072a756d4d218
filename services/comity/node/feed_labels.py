"""What is assumed of the objects of a feed that state nothing: what was said of the feed, else what ``own`` assumes."""

from collections.abc import Iterable
from dataclasses import replace

from comity.domain.label import RELEASE_ALL
from comity.errors import SettingsError
from comity.node.context import Node
from comity.settings import tlp_of
from comity.stix.labels import Defaults

EVERYBODY = "ALL"
_OWN = "own"
"""The intake collection whose settings a feed shares."""


def defaults_of(node: Node, *, tlp: str | None, label: str | None, releasable: str | Iterable[str] | None) -> Defaults:
    """Return the defaults of a feed; *releasable* is ``ALL``, or members in a list or between commas.

    Raises:
        SettingsError: a label or a member is not known.
    """
    if label is not None and node.bloc.tier_of(node.member, label) is None:
        raise SettingsError(f"label is {label!r}, expected a label of {node.member} or of the platform")
    own = node.defaults.get(_OWN, Defaults())
    return replace(
        own,
        tlp=own.tlp if tlp is None else tlp_of(tlp),
        label=own.label if label is None else label,
        releasable=own.releasable if releasable is None else _releasable(node, releasable),
    )


def _releasable(node: Node, stated: str | Iterable[str]) -> frozenset[str]:
    codes = stated.split(",") if isinstance(stated, str) else stated
    found = frozenset(code.strip() for code in codes if code.strip())
    if found == {EVERYBODY}:
        return RELEASE_ALL
    if unknown := sorted(found - node.bloc.members.keys()):
        raise SettingsError(f"releasable is {unknown[0]!r}, expected ALL or some of {','.join(node.bloc.members)}")
    return found
