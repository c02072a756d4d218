"""What JSON may state of assets and of affected software, and what is refused."""

from typing import Any

import pytest
from comity.analytics.registry import affected_of, asset_of
from comity.errors import InvalidObjectError
from hypothesis import given, settings
from hypothesis import strategies as st

ASSET: dict[str, Any] = {"key": "a", "member": "XA", "kind": "portal"}
AFFECTED: dict[str, Any] = {"vulnerability": "CVE-2099-90001", "cpe": "cpe:2.3:a:e:p:*:*:*:*:*:*:*:*"}
HALF = "\ud800"


@pytest.mark.parametrize(
    "changed",
    [
        {"key": ""},
        {"key": HALF},
        {"name": HALF},
        {"name": "x" * 513},
        {"landing_points": [HALF]},
        {"domains": [HALF]},
        {"software": [f"cpe:2.3:a:{HALF}:p:*:*:*:*:*:*:*:*"]},
        {"prefixes": ["::1/64"]},
        {"asns": [-1]},
        {"depends_on": [{"on": "b", "share": 0}]},
        {"depends_on": [{"on": "b"}, {"on": "b"}]},
        {"criticality": "high"},
        {"colour": "red"},
    ],
)
def test_an_asset_that_is_none_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidObjectError):
        asset_of({**ASSET, **changed})


@pytest.mark.parametrize(
    "changed",
    [
        {"vulnerability": ""},
        {"vulnerability": HALF},
        {"cpe": f"cpe:2.3:a:{HALF}:p:*:*:*:*:*:*:*:*"},
        {"cpe": None},
        {"fixed": "-"},
        {"introduced": 9},
        {"until": "9"},
    ],
)
def test_a_range_that_is_none_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidObjectError):
        affected_of({**AFFECTED, **changed})


values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.lists(st.text(max_size=4))


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["key", "member", "kind", "prefixes", "asns", "domains", "depends_on"]), values))
def test_any_object_is_an_asset_or_is_refused(changed: dict[str, Any]) -> None:
    try:
        asset_of({**ASSET, **changed})
    except InvalidObjectError:
        return


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["vulnerability", "cpe", "introduced", "fixed", "last_affected"]), values))
def test_any_object_is_a_range_or_is_refused(changed: dict[str, Any]) -> None:
    try:
        affected_of({**AFFECTED, **changed})
    except InvalidObjectError:
        return
