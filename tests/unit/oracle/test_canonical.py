"""The oracle's canonical values, case by case (FORMAT 6)."""

import pytest

from tests.oracle.canonical import canonical


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("domain", " Drop.Lantern-Sync.example. ", "drop.lantern-sync.example"),
        ("domain", "drop[.]lantern-sync[.]example", "drop.lantern-sync.example"),
        ("domain", "qr-refünd.example", "xn--qr-refnd-c6a.example"),
        ("domain", "QR-REFU\u0308ND.example", "xn--qr-refnd-c6a.example"),
        ("domain", "XN--QR-REFND-C6A.example", "xn--qr-refnd-c6a.example"),
        ("domain", "straße.example", "strasse.example"),
        ("domain", "ΛΌΓΟΣ.example", "xn--oxapnq6b.example"),
        ("domain", "λόγος.example", "xn--oxapnq6b.example"),
        ("domain", "Ｄｒｏｐ．example", "drop.example"),
        ("domain", "SOLO", "solo"),
        ("ipv4", "198.51.100.23/32", "198.51.100.23"),
        ("ipv4", "198[.]51.100.22/31", "198.51.100.22/31"),
        ("ipv6", "2001:DB8:00FF::0042", "2001:db8:ff::42"),
        ("ipv6", "2001:db8:0:0:1:0:0:1/128", "2001:db8::1:0:0:1"),
        ("ipv6", "2001:DB8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("ipv6", "2001:0DB8:0010::/48", "2001:db8:10::/48"),
        ("email", "Claims.Desk+x@QR-Refund.example.", "Claims.Desk+x@qr-refund.example"),
        ("file:sha1", "ABCDEF", "abcdef"),
        ("file:path", " C:\\Users\\A'b\"c.exe ", "C:\\Users\\A'b\"c.exe"),
        ("vulnerability", "cve-2099-1", "cve-2099-1"),
    ],
)
def test_a_value_has_its_canonical_form(kind: str, raw: str, value: str) -> None:
    assert canonical(kind, raw) == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("hxxps://QR-Refund[.]example:443/Verify/", "https://qr-refund.example/Verify/"),
        ("https://QR-REFUND.EXAMPLE./Verify/#login", "https://qr-refund.example/Verify/"),
        ("HTTP://a.example:443", "http://a.example:443/"),
        ("http://a.example:80?b=2&A=1#x", "http://a.example/?b=2&A=1"),
        ("http://a.example:/x", "http://a.example/x"),
        ("http://a.example/a/../b/payload.bin", "http://a.example/b/payload.bin"),
        ("http://a.example/../../a/./b/..", "http://a.example/a/"),
        ("http://a.example/a/.", "http://a.example/a/"),
        ("http://a.example/a//b?u=/x/../y?", "http://a.example/a//b?u=/x/../y?"),
        ("http://a.example/Ä%7e", "http://a.example/Ä%7e"),
    ],
)
def test_a_url_has_its_canonical_form(raw: str, value: str) -> None:
    assert canonical("url", raw) == value
