"""The quirks of published formats that break a reader which does not know them, each by name."""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

import pytest
from comity.domain.tlp import TLP
from comity.errors import InvalidObjectError
from comity.stix.markings import TLP_MARKINGS
from comity_feeds import (
    csaf,
    epss,
    feodo,
    intelmq,
    kev,
    n6,
    nvd,
    openioc,
    openphish,
    otx,
    pdf_report,
    phishtank,
    shadowserver,
    sigma,
    spamhaus_drop,
    sslbl,
    stix_bundle,
    suricata,
    threatfox,
    urlhaus,
    yara,
)
from comity_feeds.options import FeedOptions
from comity_feeds.record import FeedRecord

Read = Callable[[bytes, FeedOptions | Mapping[str, object]], Iterator[FeedRecord]]
IOC = "<ioc><definition>{}</definition></ioc>"
ITEM = '<IndicatorItem condition="{}"><Context search="{}"/><Content type="string">{}</Content></IndicatorItem>'


def records(read: Read, text: str | bytes) -> list[FeedRecord]:
    source = text.encode() if isinstance(text, str) else text
    return list(read(source, {"source": "quirks", "received_at": datetime(2026, 1, 5, tzinfo=UTC)}))


def made(read: Read, text: str | bytes) -> list[dict[str, object]]:
    return [json.loads(one.raw) for one in records(read, text) if one.raw is not None]


def errors(read: Read, text: str | bytes) -> list[str]:
    return [one.error for one in records(read, text) if one.error is not None]


def patterns(read: Read, text: str | bytes) -> list[object]:
    return [one.get("pattern") for one in made(read, text)]


def test_urlhaus_tags_hold_commas_inside_one_cell() -> None:
    row = '"1","2026-01-04 10:00:00","http://a.example/","online","","malware","elf,mirai","",""\n'

    assert made(urlhaus.read, row)[0]["labels"] == ["malware", "elf", "mirai"]


def test_a_column_that_a_publisher_adds_moves_no_other() -> None:
    text = "# id,new,dateadded,url,url_status\n1,x,2026-01-04 10:00:00,http://a.example/,online\n"

    assert patterns(urlhaus.read, text) == ["[url:value = 'http://a.example/']"]


@pytest.mark.parametrize("more", ["", '"is_compromised", '])
def test_threatfox_is_read_with_and_without_the_column_of_2026(more: str) -> None:
    value = '"1", ' if more else ""
    header = f'# "first_seen_utc", "ioc_id", "ioc_value", "ioc_type", {more}"tags"\n'
    text = f'{header}"2026-01-04 10:00:00", "7", "198.51.100.1:80", "ip:port", {value}"a,b"\n'
    (one,) = made(threatfox.read, text)

    assert (one["pattern"], one["labels"]) == ("[ipv4-addr:value = '198.51.100.1']", ["a", "b"])


def test_threatfox_values_with_a_port_are_addresses_and_the_port_is_told() -> None:
    text = "2026-01-04 10:00:00, 7, 198.51.100.1:80, ip:port\n"

    assert "port 80" in str(made(threatfox.read, text)[0]["description"])


def test_what_threatfox_lists_expires_six_months_after_it_was_last_seen() -> None:
    text = "# first_seen_utc,ioc_value,ioc_type,last_seen_utc\n2026-01-01,a.example,domain,2026-02-01\n"

    assert made(threatfox.read, text)[0]["valid_until"] == "2026-08-03T00:00:00.000Z"


def test_the_threatfox_api_says_when_it_has_no_answer() -> None:
    with pytest.raises(InvalidObjectError, match="unknown_auth_key"):
        records(threatfox.read, '{"query_status": "unknown_auth_key"}')


def test_the_threatfox_api_names_its_fields_otherwise_than_the_export() -> None:
    entry = {
        "id": "7",
        "ioc": "a.example",
        "ioc_type": "domain",
        "first_seen": "2026-01-04 10:00:00 UTC",
        "tags": ["x"],
    }

    assert made(threatfox.read, json.dumps({"query_status": "ok", "data": [entry]}))[0]["labels"] == ["x"]


def test_feodo_may_lack_host_name_and_first_sight() -> None:
    text = '[{"ip_address": "198.51.100.1", "port": 443, "hostname": null, "first_seen": null}]'

    assert made(feodo.read, text)[0]["valid_from"] == "2026-01-05T00:00:00.000Z"


def test_an_empty_feodo_list_is_an_empty_feed() -> None:
    assert records(feodo.read, "[]") == []


def test_sslbl_lists_certificates_and_addresses_in_tables_of_one_shape() -> None:
    text = f"2026-01-03 07:00:00,{'A' * 40},Tide\n2026-01-03 07:00:00,198.51.100.1,443\n"

    assert patterns(sslbl.read, text) == [
        f"[x509-certificate:hashes.'SHA-1' = '{'a' * 40}']",
        "[ipv4-addr:value = '198.51.100.1']",
    ]


def test_kev_says_which_vulnerabilities_ransomware_uses() -> None:
    entry = {"cveID": "CVE-2099-0001", "knownRansomwareCampaignUse": "Known"}

    assert made(kev.read, json.dumps({"vulnerabilities": [entry]}))[0]["labels"] == ["known-exploited", "ransomware"]


def test_the_first_line_of_epss_is_a_comment_with_the_model_and_the_day() -> None:
    text = b"#model_version:v1,score_date:2026-01-04T00:00:00+0000\ncve,epss,percentile\nCVE-2099-0001,1e-05,0.1\n"
    (one,) = made(epss.read, gzip.compress(text))

    assert (one["modified"], one["description"]) == (
        "2026-01-04T00:00:00.000Z",
        "EPSS 1e-05, percentile 0.1 by model v1",
    )


def test_a_cve_that_nvd_rejected_is_revoked() -> None:
    cve = {"id": "CVE-2099-0001", "vulnStatus": "Rejected", "lastModified": "2026-01-04T08:00:00.000"}

    assert made(nvd.read, json.dumps({"vulnerabilities": [{"cve": cve}]}))[0]["revoked"] is True


@pytest.mark.parametrize(("version", "label"), [("2.0", "WHITE"), ("2.1", "CLEAR")])
def test_csaf_2_0_says_white_and_2_1_says_clear(version: str, label: str) -> None:
    document = {
        "title": "t",
        "tracking": {"id": "A"},
        "csaf_version": version,
        "distribution": {"tlp": {"label": label}},
    }
    text = json.dumps({"document": document, "vulnerabilities": [{"cve": "CVE-2099-0001"}]})

    assert made(csaf.read, text)[0]["object_marking_refs"] == [TLP_MARKINGS[TLP.CLEAR]]


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("FileHash-MD5", "a" * 32, "file:hashes.MD5"),
        ("hostname", "a.b.example", "domain-name:value"),
        ("domain", "b.example", "domain-name:value"),
        ("CIDR", "198.51.100.0/24", "ipv4-addr:value"),
    ],
)
def test_otx_has_type_names_of_its_own(name: str, value: str, path: str) -> None:
    pulse = {"id": "1", "name": "p", "indicators": [{"indicator": value, "type": name}]}

    assert str(made(otx.read, json.dumps(pulse))[0]["pattern"]).startswith(f"[{path} = ")


def test_a_page_that_nobody_verified_at_phishtank_is_less_sure() -> None:
    pages = [{"url": f"http://{word}.example/", "verified": word} for word in ("yes", "no")]

    assert [one["confidence"] for one in made(phishtank.read, json.dumps(pages))] == [85, 15]


def test_a_hash_mark_in_an_openphish_line_begins_no_comment() -> None:
    assert errors(openphish.read, "# not a comment\n") == [
        "line 1: url is '# not a comment', expected scheme://host without white space"
    ]


def test_the_last_line_of_drop_is_about_the_list() -> None:
    text = '{"cidr":"198.51.100.0/24","sblid":"SBL1"}\n{"type":"metadata","timestamp":1767600000,"records":1}\n'

    assert len(records(spamhaus_drop.read, text)) == 1


def test_drop_lists_autonomous_systems_in_the_same_form() -> None:
    assert patterns(spamhaus_drop.read, '{"asn":64496,"asname":"X"}') == ["[autonomous-system:number = 64496]"]


@pytest.mark.parametrize("column", ["ip", "src_ip", "device_ip"])
def test_shadowserver_names_the_host_differently_in_each_report(column: str) -> None:
    assert patterns(shadowserver.read, f'"timestamp","{column}"\n"2026-01-04 00:00:00","198.51.100.1"\n') == [
        "[ipv4-addr:value = '198.51.100.1']"
    ]


def test_a_host_in_a_shadowserver_report_is_a_victim() -> None:
    (one,) = made(shadowserver.read, "timestamp,ip\n2026-01-04 00:00:00,198.51.100.1\n")

    assert one["indicator_types"] == ["compromised"]


def test_intelmq_keys_are_dotted_and_its_destination_is_context() -> None:
    text = '{"source.ip": "198.51.100.1", "destination.ip": "203.0.113.1", "time.source": "2026-01-04T10:00:00+00:00"}'
    (one,) = made(intelmq.read, text)

    assert (one["pattern"], one["description"]) == ("[ipv4-addr:value = '198.51.100.1']", "destination.ip 203.0.113.1")


@pytest.mark.parametrize(("word", "tlp"), [("public", TLP.CLEAR), ("need-to-know", TLP.AMBER), ("internal", TLP.RED)])
def test_an_n6_restriction_is_a_tlp_label(word: str, tlp: TLP) -> None:
    (one,) = made(n6.read, json.dumps({"id": "1", "restriction": word, "fqdn": "a.example"}))

    assert one["object_marking_refs"] == [TLP_MARKINGS[tlp]]


def test_an_n6_restriction_that_is_not_known_refuses_the_event() -> None:
    assert made(n6.read, json.dumps({"id": "1", "restriction": "secret", "fqdn": "a.example"})) == []


def test_an_n6_event_has_many_addresses_and_those_it_went_to_are_no_indicators() -> None:
    addresses = [{"ip": "198.51.100.1"}, {"ip": "198.51.100.2", "dir": "src"}, {"ip": "203.0.113.1", "dir": "dst"}]
    event = {"id": "1", "restriction": "public", "address": addresses}

    assert len(made(n6.read, json.dumps(event))) == 2


def test_openioc_alternatives_are_apart_and_what_must_all_hold_is_one_pattern() -> None:
    items = [ITEM.format("is", "Network/DNS", f"{name}.example") for name in "abc"]
    both = f'<Indicator operator="AND">{items[1]}{items[2]}</Indicator>'
    text = IOC.format(f'<Indicator operator="OR">{items[0]}{both}</Indicator>')

    assert patterns(openioc.read, text) == [
        "[domain-name:value = 'a.example']",
        "([domain-name:value = 'b.example'] AND [domain-name:value = 'c.example'])",
    ]


def test_an_openioc_branch_with_a_term_that_is_not_read_is_refused_whole() -> None:
    items = ITEM.format("is", "Network/DNS", "a.example") + ITEM.format("is", "DiskItem/Size", "5")
    text = IOC.format(f'<Indicator operator="AND">{items}</Indicator>')

    assert (made(openioc.read, text), len(errors(openioc.read, text))) == ([], 1)


def test_openioc_1_1_has_another_root_and_keeps_its_criteria_elsewhere() -> None:
    inner = f'<Indicator operator="OR">{ITEM.format("is", "PortItem/remoteIP", "198.51.100.1")}</Indicator>'
    text = f'<OpenIOC xmlns="http://openioc.org/schemas/OpenIOC_1.1"><metadata/><criteria>{inner}</criteria></OpenIOC>'

    assert patterns(openioc.read, text) == ["[ipv4-addr:value = '198.51.100.1']"]


@pytest.mark.parametrize("declared", ['<!DOCTYPE ioc [<!ENTITY a "b">]>', '<!DOCTYPE ioc SYSTEM "file:///etc/passwd">'])
def test_xml_that_declares_a_document_type_is_refused(declared: str) -> None:
    with pytest.raises(InvalidObjectError):
        records(openioc.read, declared + "<ioc/>")


def test_openioc_nested_beyond_reason_is_refused() -> None:
    deep = '<Indicator operator="AND">' * 200 + ITEM.format("is", "Network/DNS", "a.example") + "</Indicator>" * 200

    assert "nested deeper" in errors(openioc.read, IOC.format(deep))[0]


def test_what_is_no_pdf_is_not_read_as_one() -> None:
    with pytest.raises(InvalidObjectError, match="does not begin as a PDF"):
        records(pdf_report.read, b"lure[.]example")


def test_braces_in_strings_comments_and_expressions_end_no_yara_rule() -> None:
    text = (
        'rule A { strings: $a = "}" $b = /x}\\/}/ /* } */ // }\n condition: any of them }\nrule B { condition: true }'
    )

    assert [one["name"] for one in made(yara.read, text)] == ["A", "B"]


def test_a_yara_rule_carries_the_rules_it_refers_to() -> None:
    text = (
        "private rule P { condition: true }\nrule Q { condition: P }\n"
        "rule R { condition: Q }\nrule S { condition: true }"
    )
    carried = {str(one["name"]): str(one["pattern"]).count("rule ") for one in made(yara.read, text)}

    assert carried == {"Q": 2, "R": 3, "S": 1}


def test_a_comment_that_never_ends_costs_no_more_than_its_length() -> None:
    assert records(yara.read, "/*" * 200_000) == []


def test_a_sigma_rule_that_is_deprecated_is_revoked() -> None:
    text = "title: t\nstatus: deprecated\nlogsource: {category: dns}\ndetection: {a: {b: c}, condition: a}\n"

    assert made(sigma.read, text)[0]["revoked"] is True


def test_a_sigma_rule_stays_as_it_was_written() -> None:
    text = "title: t\nlogsource:\n  category: dns\ndetection:\n  a:\n    b|re: 'x\\.y'\n  condition: a"

    assert patterns(sigma.read, text) == [text]


def test_a_suricata_rule_that_is_commented_out_is_none() -> None:
    assert records(suricata.read, '#alert tcp any any -> any any (msg:"x"; sid:1;)\n') == []


def test_a_suricata_rule_may_be_continued_on_the_next_line() -> None:
    text = 'alert tcp any any -> any any \\\n (msg:"x"; sid:1;)\n'

    assert patterns(suricata.read, text) == ['alert tcp any any -> any any (msg:"x"; sid:1;)']


def test_a_later_revision_of_a_rule_is_the_same_object() -> None:
    ids = {
        made(suricata.read, f'alert tcp any any -> any any (msg:"x"; sid:1; rev:{revision};)')[0]["id"]
        for revision in (1, 2)
    }

    assert len(ids) == 1


@pytest.mark.parametrize(
    ("kind", "more", "added"),
    [
        ("indicator", '"labels": ["benign"]', {"indicator_types": ["benign"], "pattern_type": "stix"}),
        ("malware", '"labels": ["worm"]', {"malware_types": ["worm"], "is_family": True}),
        ("tool", '"labels": ["exploitation"]', {"tool_types": ["exploitation"]}),
        ("relationship", '"relationship_type": "uses"', {}),
    ],
)
def test_stix_2_0_lacks_what_2_1_asks_for(kind: str, more: str, added: dict[str, object]) -> None:
    text = f'{{"type": "{kind}", "id": "{kind}--5d0c1a52-3f5e-4f0a-9c67-0000000000c1", {more}}}'
    (one,) = made(stix_bundle.read, text)

    assert {"spec_version": "2.1", **added}.items() <= one.items()


def test_the_cyber_observables_of_stix_2_0_stay_in_their_container() -> None:
    identifier = "observed-data--5d0c1a52-3f5e-4f0a-9c67-0000000000c2"
    text = json.dumps({"type": "observed-data", "id": identifier, "objects": {"0": {"type": "file"}}})

    assert made(stix_bundle.read, text)[0]["objects"] == {"0": {"type": "file"}}


def test_a_cyber_observable_of_2_1_needs_no_spec_version() -> None:
    text = b'{"type": "url", "id": "url--5d0c1a52-3f5e-5f0a-9c67-0000000000c3", "value": "http://a.example/"}'

    assert records(stix_bundle.read, text)[0].raw == text
