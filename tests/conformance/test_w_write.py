"""Adding objects (TAXII 2.1, 4.2.1, 4.3.1, 5.5)."""

import gzip
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from tests.conformance.world import (
    BODY_BYTES,
    HELD,
    TAXII,
    WRITER,
    HubWorld,
    Json,
    NodeWorld,
    Object,
    Place,
    Socket,
    address,
    envelope,
    indicator,
    indicators,
    malware,
    moment,
    new_id,
    sdo,
    status_of,
    versions_of,
)
from tests.samples import MINIMAL, OBSERVABLES

UNKNOWN = "00000000-0000-4000-8000-000000000000"
LISTS = {"success_count": "successes", "failure_count": "failures", "pending_count": "pendings"}
INVALID: Object = {"type": "indicator", "id": "indicator--not-a-uuid"}
PACKED = {"Content-Encoding": "gzip"}


def body_of(size: int) -> bytes:
    """Return an envelope with an object in it, of exactly so many bytes."""
    body = envelope(indicator())
    return body + b" " * (size - len(body))


def test_w_01_an_envelope_is_answered_with_a_status(shelf: Place) -> None:
    answer = shelf.put(indicator())

    assert answer.status_code == 202
    assert {"id", "status", "total_count", "success_count", "failure_count", "pending_count"} <= set(answer.json())


@pytest.mark.parametrize("objects", [[], [indicator()], [indicator(), INVALID], [INVALID], [malware(), address()]])
def test_w_02_a_status_has_its_properties(shelf: Place, objects: list[Object]) -> None:
    status = shelf.post(*objects)

    assert UUID(status["id"]).version == 4
    assert status["status"] in {"complete", "pending"}
    assert all(type(status[name]) is int for name in ("total_count", *LISTS))
    assert status["total_count"] == len(objects) == sum(status[name] for name in LISTS)


def test_w_03_details_name_the_object_and_its_version(shelf: Place) -> None:
    seen = indicator(modified=moment(7))
    definition = sdo("marking-definition", definition_type="statement", definition={"statement": str(uuid4())})
    del definition["modified"]

    details = shelf.post(seen, definition)["successes"]

    assert [(each["id"], each["version"]) for each in details] == [
        (seen["id"], moment(7)),
        (definition["id"], moment(0)),
    ]


@pytest.mark.parametrize("bad", [INVALID, {}, {"type": "x"}, 7, "x", None, []], ids=repr)
def test_w_04_lists_are_as_long_as_their_counts(shelf: Place, bad: object) -> None:
    status = shelf.post(indicator(), bad, malware())

    assert {name: len(status.get(listed, [])) for name, listed in LISTS.items()} == {
        name: status[name] for name in LISTS
    }
    assert all(isinstance(each[key], str) for each in status["failures"] for key in ("id", "version"))


@pytest.mark.every_database
def test_w_05_an_exact_duplicate_is_a_success(shelf: Place) -> None:
    one, two = indicator(), address()
    shelf.store(one, two)

    status = shelf.post(one, two, one)

    assert (status["success_count"], status["failure_count"]) == (3, 0)


def test_w_05_a_duplicate_in_one_envelope_is_a_success(shelf: Place) -> None:
    one = indicator()

    assert shelf.post(one, one)["success_count"] == 2
    assert shelf.ids() == [one["id"]]


@pytest.mark.every_database
def test_w_06_an_exact_duplicate_changes_nothing(shelf: Place) -> None:
    one = indicator()
    shelf.store(one)
    before = shelf.manifest("match[version]=all")
    shelf.post(one)

    assert shelf.manifest("match[version]=all") == before
    assert shelf.versions(one["id"]) == [one["modified"]]


@pytest.mark.every_database
def test_w_07_other_content_under_the_same_version_is_never_a_second_record(shelf: Place) -> None:
    one = indicator()
    shelf.store(one)
    status = shelf.post({**one, "name": "another name"})

    assert shelf.objects("match[version]=all") == [one]
    assert shelf.versions(one["id"]) == [one["modified"]]
    assert status["failures"][0]["id"] == one["id"]
    assert "other content under the same version" in status["failures"][0]["message"]


def test_w_07_nor_in_one_envelope(shelf: Place) -> None:
    one = malware()

    status = shelf.post(one, {**one, "name": "another name"})

    assert (status["success_count"], status["failure_count"]) == (1, 1)
    assert shelf.objects("match[version]=all") == [one]


def test_w_08_a_collection_that_is_not_writable_refuses(node: NodeWorld) -> None:
    place = node.with_access("read-only")

    assert place.put(indicator()).status_code == 403
    assert place.ids() == [HELD]


def test_w_08_a_collection_of_a_desk_is_not_writable(released: Place) -> None:
    answer = released.caller.post(f"{released.url}objects/", envelope(indicator()))

    assert answer.status_code == 403
    assert released.ids() == []


@pytest.mark.parametrize("size", [BODY_BYTES + 1, BODY_BYTES * 2])
def test_w_09_a_body_over_the_bound_is_too_large(shelf: Place, size: int) -> None:
    assert shelf.send(body_of(size)).status_code == 413
    assert shelf.ids() == []


def test_w_09_it_is_refused_before_it_is_sent(live: Socket) -> None:
    answer = live.answer(head("/plain/collections/both/objects/", "Content-Length: 99999999999"))

    assert status_of(answer) == 413


@pytest.mark.parametrize(
    ("collection", "authorization", "status"),
    [("both", None, 401), (UNKNOWN, WRITER, 404), ("reading", WRITER, 403), ("both", "Bearer x", 401)],
)
def test_w_09_who_may_not_write_is_told_so_whatever_the_size(
    place: Place, collection: str, authorization: str | None, status: int
) -> None:
    caller = place.caller.as_(authorization)

    assert caller.post(f"/plain/collections/{collection}/objects/", body_of(BODY_BYTES + 1)).status_code == status


@pytest.mark.parametrize("size", [BODY_BYTES - 1, BODY_BYTES])
def test_w_10_a_body_up_to_the_bound_is_taken(place: Place, size: int) -> None:
    bound = place.caller.get("/plain/").json()["max_content_length"]

    assert bound == BODY_BYTES
    assert place.send(body_of(size)).status_code == 202


def head(path: str, *lines: str) -> bytes:
    named = ("Host: n", f"Authorization: {WRITER}", f"Content-Type: {TAXII}", f"Accept: {TAXII}", "Connection: close")
    return "\r\n".join((f"POST {path} HTTP/1.1", *named, *lines, "", "")).encode()


def chunks(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (*parts, b""))


CHUNKED = "Transfer-Encoding: chunked"


def test_w_11_the_bound_holds_without_a_length(live: Socket, place: Place) -> None:
    body = body_of(BODY_BYTES + 1)

    answer = live.exchange(head(f"{place.url}objects/", CHUNKED), chunks(body[:500_000], body[500_000:]))

    assert status_of(answer) in {413, None}
    assert place.ids() == []


@pytest.mark.parametrize("size", [1, 10, 100_000])
def test_w_12_a_body_in_chunks_is_processed(live: Socket, place: Place, size: int) -> None:
    one = indicator()
    body = envelope(one)

    parts = [body[start : start + size] for start in range(0, len(body), size)]
    answer = live.answer(head(f"{place.url}objects/", CHUNKED), chunks(*parts))

    assert status_of(answer) == 202
    assert place.objects() == [one]


def test_w_13_a_bundle_is_accepted_as_an_envelope(shelf: Place) -> None:
    one, two = indicator(), malware()

    answer = shelf.put(one, two, type="bundle", id=new_id("bundle"), spec_version="2.1")

    assert answer.status_code == 202
    assert answer.json()["success_count"] == 2
    assert shelf.ids() == [one["id"], two["id"]]


def test_w_14_unknown_properties_of_an_envelope_are_of_no_account(shelf: Place) -> None:
    one = indicator()

    answer = shelf.put(one, x_unheard_of={"a": [1]}, more=False)

    assert answer.status_code == 202
    assert shelf.objects() == [one]


@pytest.mark.parametrize("place_of_bad", [0, 1, 2])
def test_w_15_of_a_mixed_envelope_the_valid_objects_are_stored(shelf: Place, place_of_bad: int) -> None:
    good = [indicator(), malware()]
    sent = [*good[:place_of_bad], INVALID, *good[place_of_bad:]]

    status = shelf.post(*sent)

    assert (status["success_count"], status["failure_count"]) == (2, 1)
    assert shelf.ids() == [each["id"] for each in good]


@pytest.mark.parametrize("body", [b"{}", b'{"objects": []}', b' {"objects" : [ ] } '])
def test_w_16_an_empty_envelope_counts_nothing(shelf: Place, body: bytes) -> None:
    answer = shelf.send(body)

    assert answer.status_code == 202
    assert answer.json()["total_count"] == 0


NEW_TYPE = new_id("extension-definition")


@pytest.mark.parametrize(
    ("type_", "more"),
    [
        ("x-org-thing", {"x_what": [1, {"two": None}]}),
        ("org-thing", {"extensions": {NEW_TYPE: {"extension_type": "new-sdo"}}, "colour": "red"}),
        ("indicator", {"extensions": {NEW_TYPE: {"extension_type": "property-extension", "rank": 5}}}),
        ("indicator", {"extensions": {NEW_TYPE: {"extension_type": "toplevel-property-extension"}}, "rank": 5}),
    ],
    ids=["custom", "new", "property", "top-level"],
)
def test_w_17_custom_content_is_stored_and_found(shelf: Place, type_: str, more: Json) -> None:
    one = {**(indicator() if type_ == "indicator" else sdo(type_)), **more}

    shelf.store(one, malware())

    assert shelf.objects(f"match[type]={type_}") == [one]


def sample(type_: str, sighted: str) -> Object:
    if type_ in OBSERVABLES:
        return {"type": type_, "id": new_id(type_), **OBSERVABLES[type_]}
    more = {"sighting_of_ref": sighted} if type_ == "sighting" else {}
    return sdo(type_, **{**MINIMAL[type_], **more})


@pytest.mark.parametrize("type_", [*MINIMAL, *OBSERVABLES])
def test_w_18_objects_of_every_type_are_taken_and_given_back(shelf: Place, type_: str) -> None:
    sighted = indicator()
    one = sample(type_, sighted["id"])

    shelf.store(sighted, one)

    assert shelf.read(f"objects/{one['id']}/")["objects"] == [one]
    assert one["id"] in shelf.ids(f"match[type]={type_}")


@pytest.mark.parametrize(
    "definition",
    [
        {"definition_type": "statement", "definition": {"statement": "mine"}},
        {"name": "x", "extensions": {NEW_TYPE: {"extension_type": "property-extension", "level": 3}}},
    ],
    ids=["statement", "extension"],
)
def test_w_18_a_marking_definition_is_taken_and_given_back(shelf: Place, definition: Json) -> None:
    one = sdo("marking-definition", **definition)
    del one["modified"]

    shelf.store(one)

    assert shelf.objects("match[type]=marking-definition") == [one]


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP"])
def test_w_19_gzip_is_decoded(shelf: Place, coding: str) -> None:
    one = indicator()

    answer = shelf.send(gzip.compress(shelf.door.fill(one)), **{"Content-Encoding": coding})

    assert answer.status_code == 202
    assert shelf.objects() == [one]


BODY = envelope(indicator())


@pytest.mark.parametrize(
    ("body", "coding", "status"),
    [
        (BODY, "gzip", 400),
        (gzip.compress(BODY)[:-9], "gzip", 400),
        (gzip.compress(BODY) + b"x", "gzip", 400),
        (b"\x1f\x8b" + b"\0" * 50, "gzip", 400),
        (gzip.compress(b" " * (BODY_BYTES + 1)), "gzip", 413),
        (zlib.compress(BODY), "deflate", 415),
        (BODY, "br", 415),
        (gzip.compress(gzip.compress(BODY)), "gzip, gzip", 415),
        (BODY, "x-unheard-of", 415),
    ],
    ids=range(9),
)
def test_w_19_other_codings_are_refused(shelf: Place, body: bytes, coding: str, status: int) -> None:
    assert shelf.send(body, **{"Content-Encoding": coding}).status_code == status
    assert shelf.ids() == []


@pytest.mark.every_database
def test_w_20_what_eight_clients_post_at_once_is_stored_once(shelf: Place) -> None:
    one = indicator()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: shelf.put(one), range(8)))

    assert [(each.status_code, each.json()["success_count"]) for each in answers] == [(202, 1)] * 8
    assert len(shelf.manifest("match[version]=all")) == 1


def test_w_21_an_unknown_collection_is_not_found(shelf: Place) -> None:
    listing = shelf.door.url.rsplit("/", 2)[0]

    assert shelf.door.caller.post(f"{listing}/{UNKNOWN}/objects/", envelope(indicator())).status_code == 404


@pytest.mark.every_database
def test_w_22_two_versions_in_one_envelope_are_both_stored(shelf: Place) -> None:
    old, new = versions_of(indicator(), 2)
    shelf.store(new, old)

    assert sorted(shelf.versions(old["id"])) == [old["modified"], new["modified"]]
    assert shelf.names() == ["version 1"]


@pytest.mark.parametrize("path", ["objects/", "manifest/", f"objects/{HELD}/", f"objects/{HELD}/versions/"])
def test_w_23_a_write_only_collection_is_not_read(node: NodeWorld, path: str) -> None:
    place = node.with_access("write-only")

    assert place.put(indicator()).status_code == 202
    assert place.get(path).status_code == 403


def test_w_23_the_collection_of_a_members_node_does_not_send_its_objects_back(hub: HubWorld) -> None:
    shelf = hub.desk()
    shelf.store(indicator())

    assert replace(shelf, caller=shelf.door.caller, url=shelf.door.url).ids() == []


def test_w_24_one_envelope_holds_many_objects(shelf: Place) -> None:
    sent = indicators(500)

    status = shelf.post(*sent)

    assert status["success_count"] == 500
    assert shelf.ids(f"match[id]={sent[-1]['id']}") == [sent[-1]["id"]]


def test_w_25_a_failure_is_listed_with_its_id_and_a_reason(shelf: Place) -> None:
    good, bad = indicator(), indicator(pattern="[")
    status = shelf.post(good, bad)

    (failure,) = status["failures"]
    assert failure["id"] == bad["id"]
    assert failure["version"] == bad["modified"]
    assert "pattern" in failure["message"]
    assert [each["id"] for each in status["successes"]] == [good["id"]]
