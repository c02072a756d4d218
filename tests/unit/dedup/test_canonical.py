"""Canonical values, rule by rule (scenario format, section 6)."""

import pytest
from comity.dedup.canonical import KINDS, LONGEST, Observable, observable_of
from comity.errors import InvalidObjectError


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("domain", "  Drop.Lantern-Sync.example. ", "drop.lantern-sync.example"),
        ("domain", "drop[.]lantern-sync[.]example", "drop.lantern-sync.example"),
        ("domain", "CNC.TIDE-WARDEN.EXAMPLE", "cnc.tide-warden.example"),
        ("domain", "qr-ref\u00fcnd.example", "xn--qr-refnd-c6a.example"),
        ("domain", "qr-refu\u0308nd.example", "xn--qr-refnd-c6a.example"),
        ("domain", "QR-REF\u00dcND.EXAMPLE", "xn--qr-refnd-c6a.example"),
        ("domain", "xn--qr-refnd-c6a.example", "xn--qr-refnd-c6a.example"),
        ("domain", "XN--QR-REFND-C6A.example", "xn--qr-refnd-c6a.example"),
        ("domain", "localhost", "localhost"),
        ("domain", "_dmarc.wave.example", "_dmarc.wave.example"),
        ("domain", "\u4f8b\u3048\u3002\u30c6\u30b9\u30c8", "xn--r8jz45g.xn--zckzah"),
        ("domain", "fa\u00df.example", "fass.example"),
        ("domain", "xn--fa-hia.example", "xn--fa-hia.example"),
        ("ipv4", "198.51.100.23", "198.51.100.23"),
        ("ipv4", "198[.]51[.]100[.]23/32", "198.51.100.23"),
        ("ipv4", "198.51.100.0/24", "198.51.100.0/24"),
        ("ipv4", "198.51.100.22/31", "198.51.100.22/31"),
        ("ipv4", "198.51.100.20/30", "198.51.100.20/30"),
        ("ipv4", "0.0.0.0/0", "0.0.0.0/0"),
        ("ipv6", "2001:DB8:00FF::0042", "2001:db8:ff::42"),
        ("ipv6", "2001:db8:ff::42/128", "2001:db8:ff::42"),
        ("ipv6", "2001:0DB8::/32", "2001:db8::/32"),
        ("ipv6", "1:0:0:2:0:0:0:3", "1:0:0:2::3"),
        ("ipv6", "1:0:0:2:3:0:0:4", "1::2:3:0:0:4"),
        ("ipv6", "1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
        ("ipv6", "0:0:0:0:0:0:0:0", "::"),
        ("ipv6", "1:0:0:0:0:0:0:0", "1::"),
        ("ipv6", "::ffff:198.51.100.23", "::ffff:c633:6417"),
        ("ipv6", "::/0", "::/0"),
        ("email", "Claims-Desk@Insurer.example.", "Claims-Desk@insurer.example"),
        ("email", "a+Tag@wave[.]example", "a+Tag@wave.example"),
        ("email", '"a b@c"@wave.example', '"a b@c"@wave.example'),
        ("email", "\u00fcber@b\u00fccher.example", "\u00fcber@xn--bcher-kva.example"),
        ("file:md5", "AB" * 16, "ab" * 16),
        ("file:sha1", "AB" * 20, "ab" * 20),
        ("file:sha256", "AB" * 32, "ab" * 32),
        ("file:sha512", "AB" * 64, "ab" * 64),
        ("file:path", " /srv/.eg/Upd.jsp ", "/srv/.eg/Upd.jsp"),
        ("file:path", "a[[.]]b", "a.b"),
        ("vulnerability", "CVE-2099-90001", "CVE-2099-90001"),
    ],
)
def test_a_spelling_stands_for_its_canonical_value(kind: str, raw: str, value: str) -> None:
    assert observable_of(kind, raw) == Observable(kind=kind, value=value)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("hxxp://drop[.]lantern-sync[.]example/a/../b/payload.bin", "http://drop.lantern-sync.example/b/payload.bin"),
        ("hxxps://QR-Refund[.]example:443/Verify/", "https://qr-refund.example/Verify/"),
        ("https://QR-REFUND.EXAMPLE./Verify/#login", "https://qr-refund.example/Verify/"),
        ("HXXP://a.example", "http://a.example/"),
        ("http://a.example:80", "http://a.example/"),
        ("http://a.example:0080/", "http://a.example/"),
        ("http://a.example:/", "http://a.example/"),
        ("http://a.example:443/", "http://a.example:443/"),
        ("https://a.example:80/", "https://a.example:80/"),
        ("ftp://a.example:80/x", "ftp://a.example:80/x"),
        ("http://a.example?b", "http://a.example/?b"),
        ("http://a.example/?", "http://a.example/?"),
        ("http://a.example/x?B=2&a=1&B=%7e", "http://a.example/x?B=2&a=1&B=%7e"),
        ("http://a.example/x?y=/../z", "http://a.example/x?y=/../z"),
        ("http://a.example/%7Ea/%2e%2E/B", "http://a.example/%7Ea/%2e%2E/B"),
        ("http://a.example/../../b", "http://a.example/b"),
        ("http://a.example/a/b/..", "http://a.example/a/"),
        ("http://a.example/a/.", "http://a.example/a/"),
        ("http://a.example/..", "http://a.example/"),
        ("http://a.example//a//../b", "http://a.example//a/b"),
        ("http://a.example/.hidden/...", "http://a.example/.hidden/..."),
        ("http://198.51.100.7:8080/a", "http://198.51.100.7:8080/a"),
        ("http://198.51.100.7.:80/a", "http://198.51.100.7/a"),
        ("http://[2001:DB8::0001]:80/a", "http://[2001:db8::1]/a"),
        ("https://[2001:db8:0::1]:8443", "https://[2001:db8::1]:8443/"),
        ("http://B\u00dcCHER.example/\u00dc", "http://xn--bcher-kva.example/\u00dc"),
        ("http://xn--bcher-kva.example/a", "http://xn--bcher-kva.example/a"),
        ("http://localhost/a@b:c", "http://localhost/a@b:c"),
    ],
)
def test_a_url_stands_for_its_canonical_form(raw: str, value: str) -> None:
    assert observable_of("url", raw) == Observable(kind="url", value=value)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("domain", "a.example"), ("url", "http://a.example/")),
        (("domain", "a.example"), ("domain", "b.a.example")),
        (("domain", "a.example"), ("domain", "a.test")),
        (("domain", "p\u0430per.example"), ("domain", "paper.example")),
        (("url", "http://a.example/"), ("url", "https://a.example/")),
        (("url", "http://a.example/a"), ("url", "http://a.example/A")),
        (("url", "http://a.example/a"), ("url", "http://a.example/a/")),
        (("url", "http://a.example/?a&b"), ("url", "http://a.example/?b&a")),
        (("url", "http://a.example/?a"), ("url", "http://a.example/?A")),
        (("url", "http://a.example/~a"), ("url", "http://a.example/%7ea")),
        (("url", "http://a.example:81/"), ("url", "http://a.example/")),
        (("email", "Desk@a.example"), ("email", "desk@a.example")),
        (("email", "desk+a@a.example"), ("email", "desk@a.example")),
        (("file:path", "/srv/a"), ("file:path", "/srv/A")),
        (("ipv4", "198.51.100.0/24"), ("ipv4", "198.51.100.0")),
        (("ipv4", "198.51.100.0/24"), ("ipv4", "198.51.100.0/25")),
        (("vulnerability", "CVE-2099-90001"), ("vulnerability", "cve-2099-90001")),
    ],
)
def test_what_differs_stays_different(first: tuple[str, str], second: tuple[str, str]) -> None:
    assert observable_of(*first) != observable_of(*second)


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("domain", ""),
        ("domain", "  "),
        ("domain", "a..example"),
        ("domain", "a.example.."),
        ("domain", ".example"),
        ("domain", "a b.example"),
        ("domain", "*.example"),
        ("domain", "a.example/"),
        ("domain", "a" * 64 + ".example"),
        ("domain", ".".join(["a" * 60] * 5)),
        ("domain", "\u2488example"),
        ("domain", "xn--zzzzzzzzzzz.example"),
        ("domain", "a\u200db.example"),
        ("domain", "a\ud800.example"),
        ("domain", "198.51.100.7"),
        ("domain", "1.2"),
        ("domain", "16909060"),
        ("domain", "a.0x1f"),
        ("ipv4", "010.0.0.1"),
        ("ipv4", "1.2"),
        ("ipv4", "16909060"),
        ("ipv4", "0x7f.0.0.1"),
        ("ipv4", "1.2.3.256"),
        ("ipv4", "1.2.3.4.5"),
        ("ipv4", "\u0661.2.3.4"),
        ("ipv4", "198.51.100.7/24"),
        ("ipv4", "198.51.100.0/024"),
        ("ipv4", "198.51.100.0/33"),
        ("ipv4", "198.51.100.0/"),
        ("ipv4", "1.2/16"),
        ("ipv4", "2001:db8::1"),
        ("ipv6", "198.51.100.7"),
        ("ipv6", "fe80::1%eth0"),
        ("ipv6", "2001:db8::1/32"),
        ("ipv6", "2001:db8::/129"),
        ("ipv6", "2001:db8::/-1"),
        ("ipv6", "1::2::3"),
        ("ipv6", "::ffff:010.0.0.1"),
        ("ipv6", "[2001:db8::1]"),
        ("url", "a.example/a"),
        ("url", "http:///a"),
        ("url", "http:a.example"),
        ("url", "mailto:desk@a.example"),
        ("url", "http://user@a.example/"),
        ("url", "http://a.example/a b"),
        ("url", "http://a.example/a\tb"),
        ("url", "http://a.example\\b/"),
        ("url", "http://a.example:65536/"),
        ("url", "http://a.example:x/"),
        ("url", "http://a.example:80:80/"),
        ("url", "http://[2001:db8::1/"),
        ("url", "http://[1.2.3.4]/"),
        ("url", "http://2001:db8::1/"),
        ("url", "http://010.0.0.1/"),
        ("url", "http://a.example/\ud800"),
        ("email", "desk"),
        ("email", "@a.example"),
        ("email", "a@b@c.example"),
        ("email", "a b@c.example"),
        ("email", "<desk@a.example>"),
        ("email", "desk@198.51.100.7"),
        ("email", "\ud800@a.example"),
        ("file:md5", "ab" * 15),
        ("file:sha1", "ab" * 32),
        ("file:sha256", "zz" * 32),
        ("file:sha512", ""),
        ("file:path", " "),
        ("file:path", "\ud800"),
        ("vulnerability", ""),
        ("mutex", "a"),
        ("file:path", "a" * (LONGEST + 1)),
    ],
)
def test_what_is_no_value_of_its_kind_is_refused(kind: str, raw: str) -> None:
    with pytest.raises(InvalidObjectError):
        observable_of(kind, raw)


def test_a_refusal_names_a_short_part_of_the_value_and_what_was_expected() -> None:
    with pytest.raises(InvalidObjectError, match=r"^ipv4 is '1{80}', expected a dotted address or network$"):
        observable_of("ipv4", "1" * 200)


def test_the_refusal_of_user_information_repeats_none_of_it() -> None:
    with pytest.raises(InvalidObjectError, match=r"^url is 'http://\.\.\.@a\.example/', expected no user information$"):
        observable_of("url", "http://desk:secret@a.example/")


def test_an_observable_prints_kind_and_value() -> None:
    assert str(Observable(kind="domain", value="a.example")) == "domain a.example"


@pytest.mark.parametrize(("kind", "value"), [("mutex", "a"), ("domain", "")])
def test_an_observable_has_a_known_kind_and_a_value(kind: str, value: str) -> None:
    with pytest.raises(InvalidObjectError):
        Observable(kind=kind, value=value)


def test_the_kinds_are_those_of_the_format_and_md5() -> None:
    hashes = {"file:md5", "file:sha1", "file:sha256", "file:sha512"}

    assert hashes | {"domain", "ipv4", "ipv6", "url", "email", "file:path", "vulnerability"} == KINDS
