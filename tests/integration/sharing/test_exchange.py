"""What leaves a node and what arrives at another; services that are away, and answers that are lost."""

import json
from dataclasses import replace
from typing import Any

import pytest
from comity.domain.desk import Role
from comity.domain.identity import identity_of
from comity.domain.label import Label
from comity.domain.purpose import Purpose
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.errors import SyncError
from comity.node.exchange import Exchange
from comity.policy import classes
from comity.stix.markings import TLP_MARKINGS
from comity.taxii.envelope import envelope
from comity.taxii.labels import label_members
from comity.transport.client import ServiceClient
from comity_schemas.extensions import RELEASE

from tests.integration.sharing.objects import changed, eventually, id_of, indicator, many, new_id, stix_time
from tests.integration.sharing.services import READING, Bloc, NodePlace, objects_in


class LostAnswer(ServiceClient):
    """A connection on which the other side takes what is posted, and the answer is lost."""

    def post_taxii(self, path: str, body: bytes) -> bytes:
        super().post_taxii(path, body)
        raise SyncError("POST: no answer: the line was cut")


class Recalling(ServiceClient):
    """A connection on which an object is taken back after the other side has it, and before it says so."""

    def __init__(self, bloc: Bloc, raw: bytes) -> None:
        super().__init__(bloc.hub.listener.address, token=bloc.hub.admission("XA")["token"])
        self._bloc, self._raw = bloc, raw

    def post_taxii(self, path: str, body: bytes) -> bytes:
        answer = super().post_taxii(path, body)
        if self._raw in body:
            self._bloc["XA"].recall(id_of(self._raw))
        return answer


class Interrupted(ServiceClient):
    """A connection to a federation that goes away after one page."""

    def __init__(self, bloc: Bloc, member: str) -> None:
        super().__init__(bloc.hub.listener.address, token=bloc.hub.admission(member)["token"])
        self._bloc = bloc

    def get(self, *how: Any, **more: Any) -> Any:
        page = super().get(*how, **more)
        self._bloc.hub.stop()
        return page


def over(node: NodePlace, client: ServiceClient) -> Exchange:
    """Return the exchange of a node over another connection."""
    exchange = node.running.exchange
    assert exchange is not None
    return replace(exchange, client=client)


def letters(node: NodePlace) -> list[tuple[str, int]]:
    return [(one["state"], one["tries"]) for one in node.status()["letters"]]


def count_of(bloc: Bloc, raw: bytes, *, at: str = "NO") -> int:
    """Return how often another member's node is sent an object when it reads everything."""
    with bloc.hub.client(at) as client:
        return list(objects_in(client, bloc.hub.admission(at)["collection"])).count(raw)


def answer_to(bloc: Bloc, member: str, raw: bytes, label: str) -> dict[str, Any]:
    """Return the status with which the federation answers a node that submits an object under a label."""
    with bloc.hub.client(member) as client:
        body = envelope(raw, custom=label_members([label]))
        status: dict[str, Any] = json.loads(
            client.post_taxii(f"{bloc.hub.admission(member)['collection']}objects/", body)
        )
    return status


def test_what_one_node_pushes_another_pulls_byte_for_byte(bloc: Bloc) -> None:
    raw = indicator("XA", "exact.example", description="é \\u00e9 1.50e3", x_kept=[1, 2.50, {"b": None, "a": ""}])
    bloc.share("XA", raw)

    assert raw in bloc["XB"].served()
    assert raw in bloc["NO"].served()


def test_a_member_is_not_sent_its_own_objects_back(bloc: Bloc) -> None:
    raw = indicator("XA", "no-echo.example")
    bloc.share("XA", raw)

    assert bloc["XA"].pull() == {"taken": 0, "refused": 0}
    assert bloc["XA"].own_objects().count(raw) == 1


@pytest.mark.parametrize(
    ("label", "tlp", "readers"),
    [
        ("common:C1", TLP.GREEN, {Role.CERT, Role.CII, Role.SOC}),
        ("common:C1", TLP.AMBER, {Role.CERT, Role.CII}),
        ("common:C2", TLP.GREEN, {Role.CERT, Role.CII}),
        ("common:C3", TLP.GREEN, {Role.CERT}),
        ("common:C1", TLP.AMBER_STRICT, {Role.CERT}),
    ],
)
def test_a_desk_reads_only_what_it_is_cleared_for(bloc: Bloc, label: str, tlp: TLP, readers: set[Role]) -> None:
    raw = indicator(
        "XA", f"cleared-{label[-2:]}-{tlp}.example".lower().translate({58: 45, 43: 45}), label=label, tlp=tlp
    )
    bloc.share("XA", raw)

    assert {role for role in READING if raw in bloc["XB"].served(role)} == readers


def test_a_desk_reads_nothing_for_a_purpose_it_was_not_released_for(bloc: Bloc) -> None:
    raw = indicator("XA", "purpose.example", release={"purposes": ["incident-response"]})
    bloc.share("XA", raw)

    assert [purpose for purpose in Purpose if raw in bloc["XB"].served(purpose=purpose)] == [Purpose.INCIDENT_RESPONSE]


def test_red_reaches_nobody_but_the_certs_of_those_named(bloc: Bloc) -> None:
    raw = indicator("XA", "red.example", tlp=TLP.RED, release={"releasable_to": ["XB"]})
    bloc.share("XA", raw)

    assert [role for role in READING if raw in bloc["XB"].served(role)] == [Role.CERT]
    assert b"red.example" not in bloc["NO"].files()


def test_red_for_everybody_is_for_nobody(bloc: Bloc) -> None:
    bloc["XA"].submit(indicator("XA", "red-for-all.example", tlp=TLP.RED))
    bloc["XA"].push()

    assert b"red-for-all.example" not in bloc.hub.files()


def test_red_for_a_named_desk_reaches_no_other_desk(bloc: Bloc) -> None:
    raw = indicator("XA", "red-desk.example", tlp=TLP.RED, release={"named_desks": ["NO/cert"]})
    bloc.share("XA", raw)

    assert [member for member in ("XB", "NO") if raw in bloc[member].served()] == ["NO"]


def test_a_new_version_takes_the_place_of_the_old_one(bloc: Bloc) -> None:
    old = indicator("XA", "versions.example")
    new = changed(old, modified="2026-04-01T00:00:00.000Z", name="newer")
    bloc.share("XA", old)
    bloc.share("XA", new)

    assert [raw for raw in bloc["XB"].served() if id_of(raw) == id_of(old)] == [new]


def test_an_older_version_in_the_same_envelope_is_served_no_wider_than_the_newer_one(bloc: Bloc) -> None:
    old = indicator("XA", "narrowed.example")
    later = "2026-04-01T00:00:00.000Z"
    new = indicator("XA", "narrowed.example", id=id_of(old), label="common:C3", tlp=TLP.AMBER, modified=later)
    bloc.share("XA", old, new)
    with bloc["XB"].client(Role.SOC) as client:
        path = f"/comity/collections/{Role.SOC}-{Purpose.INCIDENT_RESPONSE}/objects/"
        page, _ = client.get(path, {"match[version]": "all", "match[id]": id_of(old)})

    assert page == b"{}"
    assert new in bloc["XB"].served(Role.CERT)


def test_words_are_kept_where_somebody_searches_and_not_at_the_federation(bloc: Bloc) -> None:
    bloc.share("XA", indicator("XA", "quagga.example"))
    stores = (bloc["XB"].running.node.store, bloc.hub.running.federation.store)
    found = [
        len(store.read().exec_driver_sql("SELECT rowid FROM words WHERE words MATCH 'quagga'").all())
        for store in stores
    ]

    assert found == [1, 0]


def test_a_sighting_arrives_with_what_was_sighted(bloc: Bloc) -> None:
    raw = indicator("XA", "sighted.example")
    bloc.share("XA", raw)
    with bloc["NO"].client() as client:
        client.post_json("/api/sightings", {"kind": "domain", "value": "sighted.example", "count": 3})
    bloc["NO"].push()
    bloc["XB"].pull()
    told = [json.loads(one) for one in bloc["XB"].served() if b'"sighting--' in one]

    assert [one["count"] for one in told if one["sighting_of_ref"] == id_of(raw)] == [3]


# --- services that are away


@pytest.mark.parametrize("release", [{}, {"personal": "direct"}])
def test_an_owner_is_told_of_sightings_of_its_own_objects_and_is_not_sent_them_back(
    bloc: Bloc, release: dict[str, Any]
) -> None:
    raw = indicator("XA", f"seen-elsewhere-{len(release)}.example", tlp=TLP.AMBER, release=release)
    bloc.share("XA", raw)
    forms = next(one["forms"] for one in bloc["XA"].get_json("/api/submissions") if one["object_id"] == id_of(raw))
    target = next(one for one in bloc["XB"].served() if id_of(one) in forms)
    sighting = {
        "type": "sighting",
        "spec_version": "2.1",
        "id": new_id("sighting"),
        "created_by_ref": identity_of("XB"),
        "created": "2026-03-02T00:00:00.000Z",
        "modified": "2026-03-02T00:00:00.000Z",
        "sighting_of_ref": id_of(target),
        "object_marking_refs": [TLP_MARKINGS[TLP.GREEN]],
        "extensions": {RELEASE: {"extension_type": "property-extension", "label": "common:C1", "releasable_to": "ALL"}},
        "count": 3,
    }
    bloc.share("XB", json.dumps(sighting).encode())

    assert json.dumps(sighting).encode() in bloc["XA"].served()
    assert [count_of(bloc, form, at="XA") for form in (raw, target)] == [0, 0]


def test_what_cannot_be_pushed_waits_with_its_reason(fresh: Bloc) -> None:
    fresh.hub.stop()
    fresh["XA"].submit(indicator("XA", "waits.example"))
    with pytest.raises(SyncError, match="status 502"):
        fresh["XA"].push()
    found = fresh["XA"].status()

    assert letters(fresh["XA"]) == [("waiting", 1)]
    assert "no answer" in found["letters"][0]["reason"]
    assert "no answer" in found["peer"]["problem"]


def test_what_waited_is_sent_once_when_the_federation_is_back(fresh: Bloc) -> None:
    raw = indicator("XA", "waited.example")
    fresh.hub.stop()
    fresh["XA"].submit(raw)
    with pytest.raises(SyncError):
        fresh["XA"].push()
    fresh.hub.start()
    fresh["XA"].pull()
    sent = [fresh["XA"].push()["sent"] for _ in range(2)]

    assert sent == [1, 0]
    assert count_of(fresh, raw) == 1


def test_what_is_queued_later_is_not_sent_before_what_waits(fresh: Bloc) -> None:
    old = indicator("XA", "in-order.example")
    fresh.hub.stop()
    fresh["XA"].submit(old)
    with pytest.raises(SyncError):
        fresh["XA"].push()
    fresh.hub.start()
    fresh["XA"].submit(changed(old, modified="2026-04-01T00:00:00.000Z"))
    first = fresh["XA"].push()
    fresh["XA"].pull()

    assert first["sent"] == 0
    assert fresh["XA"].push() == {"sent": 2, "refused": 0, "receipts": 0}


def test_what_was_taken_while_the_answer_was_lost_is_there_once(fresh: Bloc) -> None:
    raw = indicator("XA", "twice.example")
    fresh["XA"].submit(raw)
    with LostAnswer(fresh.hub.listener.address, token=fresh.hub.admission("XA")["token"]) as client:
        with pytest.raises(SyncError, match="the line was cut"):
            over(fresh["XA"], client).push()
        assert count_of(fresh, raw) == 1
    fresh["XA"].pull()
    sent = fresh["XA"].push()

    assert sent == {"sent": 1, "refused": 0, "receipts": 0}
    assert count_of(fresh, raw) == 1


def test_what_is_taken_back_while_it_is_sent_is_taken_back_everywhere(fresh: Bloc) -> None:
    raw = indicator("XA", "meanwhile.example")
    fresh["XA"].submit(raw)
    with Recalling(fresh, raw) as client:
        over(fresh["XA"], client).push()
    fresh["XA"].push()

    assert count_of(fresh, raw) == 0
    assert b"meanwhile.example" not in fresh.hub.files()


def test_a_pull_that_was_interrupted_between_pages_goes_on_where_it_stopped(fresh: Bloc) -> None:
    raws = many("XA", 2_500)
    fresh["XA"].submit(*raws)
    fresh["XA"].push()
    with Interrupted(fresh, "XB") as client, pytest.raises(SyncError):
        over(fresh["XB"], client).pull()
    before = fresh["XB"].served()
    fresh.hub.start()
    taken = fresh["XB"].pull()["taken"]

    assert (len(before), taken) == (1_000, 1_500)
    assert sorted(fresh["XB"].served()) == sorted(raws)


def test_a_node_that_was_away_catches_up(fresh: Bloc) -> None:
    fresh["NO"].stop()
    raw = indicator("XA", "missed.example")
    fresh["XA"].submit(raw)
    fresh["XA"].push()
    fresh["NO"].start()
    fresh["NO"].pull()

    assert fresh["NO"].served() == [raw]


# --- who may do what at the federation


def test_a_wrong_token_is_refused(bloc: Bloc) -> None:
    with ServiceClient(bloc.hub.listener.address, token="guessed") as client, pytest.raises(SyncError, match="401"):
        over(bloc["XA"], client).pull()


@pytest.mark.parametrize("path", ["/comity/", "/comity/collections/", "/comity/collections/node-xa/", "/api/standing"])
def test_nobody_reads_anything_without_a_token(bloc: Bloc, path: str) -> None:
    with ServiceClient(bloc.hub.listener.address) as client, pytest.raises(SyncError, match="401"):
        client.get(path, accept="*/*")


def test_a_node_sees_no_collection_but_its_own(bloc: Bloc) -> None:
    with bloc.hub.client("XA") as client:
        listed = json.loads(client.get("/comity/collections/")[0])["collections"]

    assert [one["title"] for one in listed] == ["XA node"]


def test_a_node_cannot_read_the_collection_of_another(bloc: Bloc) -> None:
    theirs = bloc.hub.admission("XB")["collection"]
    with bloc.hub.client("XA") as client, pytest.raises(SyncError, match="status 404"):
        client.get(f"{theirs}objects/")


def test_a_node_cannot_write_into_the_collection_of_another(bloc: Bloc) -> None:
    theirs = bloc.hub.admission("XB")["collection"]
    raw = indicator("XA", "into-another.example")
    with bloc.hub.client("XA") as client, pytest.raises(SyncError, match="status 404"):
        client.post_taxii(f"{theirs}objects/", envelope(raw))


def test_a_node_cannot_submit_under_the_label_of_another_member(bloc: Bloc) -> None:
    forged = indicator(None, "under-another-label.example")
    status = answer_to(bloc, "XA", forged, classes.key(Label(origin="XB", tlp=TLP.GREEN, tier=Tier.C1)))

    assert status["failures"][0]["id"] == id_of(forged)
    assert "is labelled as of 'XB', expected 'XA'" in status["failures"][0]["message"]
    assert b"under-another-label" not in bloc.hub.files()


def test_a_node_cannot_submit_the_object_of_another_member_under_its_own_label(bloc: Bloc) -> None:
    forged = indicator("XB", "as-another.example")
    status = answer_to(bloc, "XA", forged, classes.key(Label(origin="XA", tlp=TLP.GREEN, tier=Tier.C1)))

    assert "was created by XB, expected an object of XA" in status["failures"][0]["message"]
    assert b"as-another.example" not in bloc.hub.files()


@pytest.mark.parametrize("text", ["", "{}", '{"origin":"XA"}', "common:C1"])
def test_a_label_that_is_none_keeps_its_object_out(bloc: Bloc, text: str) -> None:
    raw = indicator("XA", "no-such-label.example")
    status = answer_to(bloc, "XA", raw, text)

    assert (status["failures"][0]["id"], status["success_count"]) == (id_of(raw), 0)
    assert "unusable label" in status["failures"][0]["message"]


# --- embargo


def test_what_is_under_an_embargo_reaches_those_exempt_at_once_and_the_others_at_its_end(fresh: Bloc) -> None:
    release = {"embargo_until": stix_time(3), "embargo_exempt": ["XB"]}
    raw = indicator("XA", "embargoed.example", release=release)
    fresh.share("XA", raw)
    at_once = [fresh[member].served() for member in ("XB", "NO")]
    was_there = b"embargoed.example" in fresh["NO"].files()
    eventually(lambda: fresh["NO"].pull()["taken"])

    assert at_once == [[raw], []]
    assert not was_there
    assert fresh["NO"].served() == [raw]
