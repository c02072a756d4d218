"""Bad input is refused by name and cause in the status resource; the rest is kept, and nothing is half there."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from comity.domain.desk import Role
from comity.domain.identity import identity_of
from comity.errors import SyncError
from comity.taxii.media_type import TAXII

from tests.integration.sharing.objects import changed, id_of, indicator, new_id
from tests.integration.sharing.services import Bloc, NodePlace

RECENT = "2026-05-01T00:00:00.000Z"
Kept = tuple[list[bytes], dict[str, int], int]


def state(node: NodePlace) -> Kept:
    """Return all that taking an object in leaves behind: what is stored, what waits, what operators see."""
    return node.own_objects(), node.status()["outbox"], len(node.get_json("/api/submissions"))


def sent(node: NodePlace, body: bytes, **headers: str) -> httpx.Response:
    """Post a body to the collection for own objects, as a client that keeps to no rule does."""
    own = {"authorization": f"Bearer {node.tokens[Role.CERT]}", "content-type": TAXII, "accept": TAXII}
    return httpx.post(f"{node.listener.address}{node.own}objects/", content=body, headers={**own, **headers})


def enveloped(*raws: bytes) -> bytes:
    return b'{"objects": [' + b",".join(raws) + b"]}"


# --- bodies that are no envelope: refused as a whole


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"objects": 7}',
        b'{"objects": {"id": "x"}}',
        b'{"objects": [}',
        b'{"objects": []} trailing',
        b"\xff\xfe{\x00",
        b'{"objects": ["\xed\xa0\x80"]}',
        b'{"objects": [' + b"[" * 100_000,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_malformed_json_is_refused_as_a_whole(bloc: Bloc, body: bytes) -> None:
    before = state(bloc["XA"])
    answer = sent(bloc["XA"], body)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == TAXII
    assert answer.json()["title"]
    assert state(bloc["XA"]) == before


def test_a_body_above_the_limit_is_refused_as_a_whole(limited: Callable[[str], Bloc]) -> None:
    node = limited("body_bytes = 2000")["XA"]
    answer = sent(node, b'{"objects": [' + b" " * 2000 + b"]}")

    assert (answer.status_code, node.own_objects()) == (413, [])
    assert "2000" in answer.text


def test_more_objects_than_the_limit_are_refused_as_a_whole(limited: Callable[[str], Bloc]) -> None:
    node = limited("envelope_objects = 2")["XA"]
    answer = sent(node, enveloped(*(indicator("XA", f"n{number}.example") for number in range(3))))

    assert (answer.status_code, node.own_objects()) == (413, [])
    assert "3 objects, expected at most 2" in answer.text


@pytest.mark.parametrize("content", ["application/json", "application/stix+json;version=2.1", "text/plain", ""])
def test_a_wrong_content_type_is_refused(bloc: Bloc, content: str) -> None:
    before = state(bloc["XA"])
    answer = sent(bloc["XA"], enveloped(indicator("XA", "good.example")), **{"content-type": content})

    assert answer.status_code == 415
    assert TAXII in answer.json()["description"]
    assert state(bloc["XA"]) == before


@pytest.mark.parametrize("accept", ["text/html", "application/taxii+json;version=2.0", "application/stix+json"])
def test_an_answer_that_cannot_be_accepted_is_refused(bloc: Bloc, accept: str) -> None:
    before = state(bloc["XA"])
    answer = sent(bloc["XA"], enveloped(indicator("XA", "good.example")), accept=accept)

    assert answer.status_code == 406
    assert state(bloc["XA"]) == before


def test_gzip_that_is_none_is_refused(bloc: Bloc) -> None:
    assert sent(bloc["XA"], b"no gzip", **{"content-encoding": "gzip"}).status_code == 400


# --- objects that cannot be taken: refused alone


def bad(changes: Mapping[str, Any], **release: Any) -> bytes:
    return changed(indicator("XA", "bad-value.example", release=release), **changes)


BAD: dict[str, tuple[bytes, str]] = {
    "no object": (b"7", "no object"),
    "text": (b'"indicator"', "no object"),
    "empty": (b"{}", "type"),
    "no STIX": (b'{"name": "something else"}', "type"),
    "bundle": (b'{"type": "bundle", "id": "bundle--11111111-1111-4111-8111-111111111111"}', "type is not as expected"),
    "deep": (bad({"x_deep": json.loads("[" * 400 + "]" * 400)}), "nested"),
    "large": (bad({"description": "x" * (1 << 20)}), "expected at most 1048576"),
    "name twice": (bad({}).replace(b"{", b'{"name": "a", ', 1), "twice"),
    "id": (bad({"id": "indicator--nonsense"}), "id is not as expected"),
    "id of another type": (bad({"id": new_id("malware")}), "id is not as expected"),
    "missing": (bad({"valid_from": None}), "valid_from is missing"),
    "type of value": (bad({"valid_from": 7}), "valid_from is not as expected"),
    "time that is none": (bad({"modified": "2026-13-01T00:00:00Z"}), "modified is not as expected"),
    "created after modified": (bad({"modified": "2020-01-01T00:00:00.000Z"}), "modified is not as expected"),
    "pattern": (bad({"pattern": "[domain-name:value = ]"}), "pattern"),
    "pattern without end": (bad({"pattern": "[domain-name:value = 'x"}), "pattern"),
    "pattern of nothing": (bad({"pattern": ""}), "pattern"),
    "unknown label": (bad({}, label="COSMIC"), "label 'COSMIC' is not known"),
    "label of another member": (bad({}, label="ευαίσθητο"), "is not known"),
    "unknown member": (bad({}, releasable_to=["ZZ"]), "releasable_to 'ZZ' is not known"),
    "unknown desk": (bad({}, named_desks=["XB/chef"]), "named_desks"),
    "unknown sector": (bad({}, sector="alchemy"), "sector 'alchemy' is not known"),
    "unknown statement": (bad({}, releasable="ALL"), "releasable"),
    "unknown marking": (bad({"object_marking_refs": [new_id("marking-definition")]}), "marking"),
    "offer above": (bad({}, offers_tier="C3"), "offers_tier"),
    "creator": (bad({"created_by_ref": identity_of("XB")}), "was created by the member XB, expected an object of XA"),
}
NAMELESS = {"no object", "text", "empty", "no STIX"}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_object_is_named_with_its_cause_and_the_rest_is_kept(bloc: Bloc, kind: str) -> None:
    raw, cause = BAD[kind]
    good = indicator("XA", "good.example")
    objects, waiting, seen = state(bloc["XA"])
    status = bloc["XA"].post(raw, good)

    assert (status["success_count"], status["failure_count"]) == (1, 1)
    assert cause in status["failures"][0]["message"]
    assert state(bloc["XA"]) == ([*objects, good], {**waiting, "waiting": waiting.get("waiting", 0) + 1}, seen + 1)


@pytest.mark.parametrize("kind", sorted(BAD.keys() - NAMELESS))
def test_the_failure_of_an_object_carries_its_id(bloc: Bloc, kind: str) -> None:
    raw, _ = BAD[kind]
    status = bloc["XA"].post(raw)

    assert status["failures"][0]["id"] == id_of(raw)


@pytest.mark.parametrize("kind", sorted(BAD))
def test_a_failure_tells_nothing_of_what_the_object_holds(bloc: Bloc, kind: str) -> None:
    raw, _ = BAD[kind]
    status = bloc["XA"].post(raw)

    assert "bad-value" not in json.dumps(status)


def test_the_status_can_be_read_again(bloc: Bloc) -> None:
    status = bloc["XA"].post(BAD["pattern"][0])
    with bloc["XA"].client() as client:
        again = json.loads(client.get(f"/comity/status/{status['id']}/")[0])

    assert again == status


# --- objects that contradict what is stored


def test_a_version_older_than_the_stored_one_is_refused(bloc: Bloc) -> None:
    newer = indicator("XA", "older.example", modified=RECENT)
    bloc["XA"].submit(newer)
    before = state(bloc["XA"])
    status = bloc["XA"].post(changed(newer, modified="2026-04-01T00:00:00.000Z"))

    assert status["failures"][0]["message"] == f"{id_of(newer)} is older than the version that is stored"
    assert state(bloc["XA"]) == before


def test_other_content_under_the_same_version_is_refused(bloc: Bloc) -> None:
    raw = indicator("XA", "same-version.example")
    bloc["XA"].submit(raw)
    before = state(bloc["XA"])
    status = bloc["XA"].post(changed(raw, name="changed without a new version"))

    assert "is stored with other content under the same version" in status["failures"][0]["message"]
    assert state(bloc["XA"]) == before


def test_other_content_under_the_same_version_in_one_envelope_is_refused(bloc: Bloc) -> None:
    raw = indicator("XA", "same-envelope.example")
    status = bloc["XA"].post(raw, changed(raw, name="another"))

    assert (status["success_count"], status["failure_count"]) == (1, 1)
    assert "is stored with other content under the same version" in status["failures"][0]["message"]


def test_an_object_that_is_there_already_is_a_success_and_is_not_sent_again(bloc: Bloc) -> None:
    raw = indicator("XA", "again.example")
    bloc["XA"].submit(raw)
    before = state(bloc["XA"])
    bloc["XA"].submit(raw)

    assert state(bloc["XA"]) == before


def test_an_id_of_an_object_that_another_member_shared_cannot_be_taken(bloc: Bloc) -> None:
    theirs = indicator("XB", "squatted.example")
    bloc.share("XB", theirs)
    before = state(bloc["XA"])
    status = bloc["XA"].post(changed(theirs, created_by_ref=identity_of("XA"), modified=RECENT))

    assert status["failures"][0]["message"] == f"{id_of(theirs)} has an id that belongs to an object of another owner"
    assert state(bloc["XA"]) == before


def test_an_object_of_nobody_may_come_from_several_members(bloc: Bloc) -> None:
    raw = indicator(None, "third-party.example")
    bloc["XA"].submit(raw)
    bloc["XB"].submit(raw)
    refused = [bloc[member].push()["refused"] for member in ("XA", "XB")]
    bloc["NO"].pull()

    assert refused == [0, 0]
    assert bloc["NO"].served().count(raw) == 1


def test_a_sighting_of_what_is_not_known_is_refused(bloc: Bloc) -> None:
    raw = {
        "type": "sighting",
        "spec_version": "2.1",
        "id": new_id("sighting"),
        "created_by_ref": identity_of("XA"),
        "created": "2026-03-01T00:00:00.000Z",
        "modified": "2026-03-01T00:00:00.000Z",
        "sighting_of_ref": new_id(),
    }
    status = bloc["XA"].post(json.dumps(raw).encode())

    assert "is a sighting of an object that is not known here" in status["failures"][0]["message"]


def test_a_recall_of_what_is_no_object_of_the_member_is_refused(bloc: Bloc) -> None:
    theirs = indicator("XB", "not-yours.example")
    bloc.share("XB", theirs)
    with pytest.raises(SyncError, match="status 404"):
        bloc["XA"].recall(id_of(theirs))

    assert theirs in bloc["XA"].served()
