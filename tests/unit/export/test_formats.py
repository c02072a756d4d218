"""Each format as the tool that reads it expects it, whatever somebody put into a value."""

import base64
import csv
import hashlib
import io
import json
from datetime import UTC, datetime

import pytest
import yaml
from comity.dedup.canonical import Observable
from comity.dedup.patterns import pattern_for
from comity.domain.tlp import TLP
from comity.export import lists, misp_feed, rule_files, stix_files, suricata, zones
from comity.export.entries import Entry, entry_of
from comity.export.formats import FORMATS
from comity_feeds import misp_event, plain_list, stix_bundle
from hypothesis import given, settings
from hypothesis import strategies as st

ADDED = 1_803_859_200  # 2027-03-01
ORGANISATION = {"name": "Aria", "uuid": "3a7c1f2e-5b64-4c0d-8f1a-0000000000aa"}
VALUES = [
    ("ipv4", "198.51.100.7"),
    ("ipv4", "203.0.113.0/24"),
    ("ipv6", "2001:db8::1"),
    ("domain", "lure.example"),
    ("url", "http://lure.example/gate.php?id=1"),
    ("email", "desk@lure.example"),
    ("file:md5", "acbd18db4cc2f85cedef654fccc4a4d8"),
    ("file:sha256", "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"),
]


def entry(kind: str, value: str, *, number: int = 0, **more: object) -> Entry:
    body = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--3a7c1f2e-5b64-4c0d-8f1a-{number:012x}",
        "created": "2027-03-01T00:00:00.000Z",
        "modified": "2027-03-01T00:00:00.000Z",
        "valid_from": "2027-03-01T00:00:00Z",
        "pattern_type": "stix",
        "pattern": "" if kind == "vulnerability" else pattern_for(Observable(kind=kind, value=value)),
        **more,
    }
    raw = json.dumps(body).encode()
    return entry_of(
        raw, stix_type="indicator", observable=Observable(kind=kind, value=value), tlp=TLP.GREEN, added=ADDED
    )


def rule(kind: str, text: str) -> Entry:
    body = {"type": "indicator", "id": "indicator--3a7c1f2e-5b64-4c0d-8f1a-0000000000ff", "pattern": text}
    raw = json.dumps({**body, "pattern_type": kind}).encode()
    return entry_of(raw, stix_type="indicator", observable=None, tlp=TLP.GREEN, added=ADDED)


@pytest.fixture
def every() -> list[Entry]:
    """One entry of each kind."""
    return [entry(kind, value, number=number) for number, (kind, value) in enumerate(VALUES)]


def text(body: bytes) -> list[str]:
    return body.decode().splitlines()


def test_a_dynamic_list_holds_one_type_one_value_a_line(every: list[Entry]) -> None:
    assert text(FORMATS["edl/ip.txt"].render(every)) == ["198.51.100.7", "2001:db8::1", "203.0.113.0/24"]


def test_a_dynamic_list_is_sorted_so_that_cutting_it_off_leaves_the_surest() -> None:
    some = [entry("domain", f"{name}.example", confidence=sure) for name, sure in (("a", 10), ("b", 90), ("c", 50))]

    assert text(lists.edl(some, "domain")) == ["b.example", "c.example", "a.example"]


def test_a_value_that_stands_twice_is_listed_once() -> None:
    assert text(lists.edl([entry("domain", "a.example"), entry("domain", "a.example", number=1)], "domain")) == [
        "a.example"
    ]


def test_a_list_of_urls_is_without_schemes(every: list[Entry]) -> None:
    assert text(lists.edl_of_urls(every)) == ["lure.example/gate.php?id=1"]


@pytest.mark.parametrize(
    ("collection", "header"),
    [
        ("ip", "description,ip,weight"),
        ("domain", "description,domain,weight"),
        ("file", "description,file_hash,file_name,weight"),
        ("http", "description,http_referrer,http_user_agent,url,weight"),
        ("email", "description,src_user,subject,weight"),
    ],
)
def test_splunk_tables_have_exactly_its_headers(every: list[Entry], collection: str, header: str) -> None:
    rows = list(csv.reader(io.StringIO(lists.splunk(every, collection).decode())))

    assert ",".join(rows[0]) == header
    assert all(len(row) == len(rows[0]) and row[-1] == "1" for row in rows[1:])
    assert len(rows) > 1


def test_a_table_carries_no_formula() -> None:
    body = lists.table([entry("domain", "a.example", name="=cmd|'/c calc'!A1")]).decode("utf-8-sig")

    assert next(csv.DictReader(io.StringIO(body)))["name"] == "'=cmd|'/c calc'!A1"


def test_suricata_strings_are_base64_and_hashes_plain(every: list[Entry]) -> None:
    assert text(suricata.dataset(every, "domains")) == [base64.b64encode(b"lure.example").decode()]
    assert text(suricata.dataset(every, "sha256")) == [VALUES[-1][1]]
    assert text(suricata.dataset(every, "ipv4")) == ["198.51.100.7"]


def test_suricata_has_one_rule_a_dataset_however_large_it_is() -> None:
    some = [entry("domain", f"h{number}.example", number=number) for number in range(500)]
    rules = text(suricata.rules(some))

    assert len(rules) == 2
    assert "dataset:isset,comity-domains,type string,load comity-domains.lst;" in rules[0]


def test_rules_of_others_are_passed_through() -> None:
    signature = 'alert tcp any any -> any any (msg:"x"; sid:1;)'

    assert text(suricata.rules([rule("suricata", signature)])) == [signature]
    assert rule_files.yara([rule("yara", "rule A { condition: true }")]) == b"rule A { condition: true }\n\n"
    assert list(yaml.safe_load_all(rule_files.sigma([rule("sigma", "title: t\ndetection: {}")]))) == [
        {"title": "t", "detection": {}}
    ]


def test_a_policy_zone_names_hosts_all_below_them_and_addresses_in_reverse(every: list[Entry]) -> None:
    lines = text(zones.rpz(every))

    assert lines[1].split()[:2] == ["@", "SOA"]
    assert lines[1].split()[4] == str(ADDED)
    assert {"lure.example CNAME .", "*.lure.example CNAME .", "32.7.100.51.198.rpz-ip CNAME ."} <= set(lines)
    assert {"24.0.113.0.203.rpz-ip CNAME .", "128.1.zz.db8.2001.rpz-ip CNAME ."} <= set(lines)


def test_a_zone_is_read_by_a_name_server_even_if_it_is_empty() -> None:
    assert len(text(zones.rpz([]))) == 3


def test_zeek_lines_have_the_fields_of_their_header(every: list[Entry]) -> None:
    header, *rows = (line.split("\t") for line in text(zones.zeek(every)))

    assert header[0] == "#fields"
    assert all(len(row) == len(header) - 1 for row in rows)
    assert ["203.0.113.0/24", "Intel::SUBNET"] in [row[:2] for row in rows]
    assert ["lure.example/gate.php?id=1", "Intel::URL"] in [row[:2] for row in rows]


def test_sigma_rules_are_complete_and_networks_are_compared_as_such(every: list[Entry]) -> None:
    rules = list(yaml.safe_load_all(rule_files.sigma(every)))

    assert all({"title", "id", "logsource", "detection"} <= one.keys() for one in rules)
    assert ["203.0.113.0/24"] in [one["detection"]["selection"].get("dst_ip|cidr") for one in rules]


def test_sentinel_is_sent_at_most_a_hundred_objects_at_once() -> None:
    some = [entry("domain", f"h{number}.example", number=number) for number in range(250)]
    bodies = [json.loads(line) for line in text(stix_files.uploads(some))]

    assert [len(body["stixobjects"]) for body in bodies] == [100, 100, 50]
    assert {body["sourcesystem"] for body in bodies} == {"Comity"}


def test_a_bundle_holds_the_objects_byte_for_byte_and_is_read_again(every: list[Entry]) -> None:
    options = {"source": "again", "received_at": datetime(2027, 3, 2, tzinfo=UTC)}
    again = [record.raw for record in stix_bundle.read(stix_files.bundle(every), options)]

    assert again == [one.body for one in every]


def test_an_empty_bundle_is_one() -> None:
    assert json.loads(stix_files.bundle([])).keys() == {"type", "id"}


def test_what_goes_out_as_a_misp_feed_comes_in_again_with_value_label_and_id(every: list[Entry]) -> None:
    found = misp_feed.events(every, key="k", title="t", organisation=ORGANISATION)
    (body,) = found.values()
    options = {"source": "again", "received_at": datetime(2027, 3, 2, tzinfo=UTC)}
    objects = [json.loads(record.raw) for record in misp_event.read(body, options) if record.raw]
    indicators = [one for one in objects if one["type"] == "indicator"]

    assert {one["pattern"] for one in indicators} == {one.pattern for one in every}
    assert {one["external_references"][0]["external_id"] for one in indicators} == {one.uuid for one in every}
    assert {one["object_marking_refs"][0] for one in indicators} == {
        "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
    }


def test_a_misp_manifest_states_the_digest_and_time_of_each_event(every: list[Entry]) -> None:
    found = misp_feed.events(every, key="k", title="t", organisation=ORGANISATION)
    listed = json.loads(misp_feed.manifest(found))

    assert {uuid: one["integrity:sha256"] for uuid, one in listed.items()} == {
        uuid: hashlib.sha256(body).hexdigest() for uuid, body in found.items()
    }
    assert [one["timestamp"] for one in listed.values()] == [ADDED]


def test_a_list_that_goes_out_comes_in_again(every: list[Entry]) -> None:
    options = {"source": "again", "received_at": datetime(2027, 3, 2, tzinfo=UTC)}
    again = {
        json.loads(one.raw)["pattern"]
        for one in plain_list.read(lists.edl(every, "domain", "ipv4"), options)
        if one.raw
    }

    assert again == {one.pattern for one in every if one.kind in {"domain", "ipv4"}}


HOSTILE = st.text(alphabet=st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=20)


@settings(max_examples=40, deadline=None)
@given(HOSTILE, HOSTILE)
def test_no_value_or_name_becomes_a_line_a_record_or_a_rule_of_its_own(path: str, name: str) -> None:
    one = entry("file:path", path, name=name)
    bare = entry("file:path", "x")
    for known in (fmt for key, fmt in FORMATS.items() if not key.endswith((".json", ".jsonl", "table.csv"))):
        assert known.render([one]).count(b"\n") == known.render([bare]).count(b"\n")


@settings(max_examples=40, deadline=None)
@given(HOSTILE)
def test_every_format_is_made_of_any_name(name: str) -> None:
    for known in FORMATS.values():
        assert isinstance(known.render([entry("domain", "a.example", name=name, description=name)]), bytes)
