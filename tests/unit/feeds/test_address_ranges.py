"""Address ranges as assets."""

import json

import pytest
from comity_feeds.address_ranges import read
from comity_feeds.record import FeedRecord


def record(row: str) -> FeedRecord:
    (found,) = read(row.encode(), {"source": "ranges", "received_at": "2026-01-05T00:00:00Z"})
    return found


@pytest.mark.parametrize(
    ("row", "prefixes"),
    [
        ("192.0.2.0,192.0.2.255,XA", ["192.0.2.0/24"]),
        ("192.0.2.1,192.0.2.4,XA", ["192.0.2.1/32", "192.0.2.2/31", "192.0.2.4/32"]),
        ("203.0.113.9,203.0.113.9,XA", ["203.0.113.9/32"]),
        ("2001:DB8::,2001:db8:0:ffff:ffff:ffff:ffff:ffff,XA", ["2001:db8::/48"]),
        ("0.0.0.0,255.255.255.255,XA", ["0.0.0.0/0"]),
    ],
)
def test_a_range_becomes_the_fewest_prefixes_that_cover_it(row: str, prefixes: list[str]) -> None:
    body = json.loads(record(row).raw or b"{}")
    (extension,) = body["extensions"].values()

    assert (body["type"], extension["member"], extension["prefixes"]) == ("infrastructure", "XA", prefixes)


@pytest.mark.parametrize(
    ("row", "cause"),
    [
        ("192.0.2.9,192.0.2.1,XA", "range is '192.0.2.9' to '192.0.2.1', expected one family in rising order"),
        ("192.0.2.9,2001:db8::,XA", "range is '192.0.2.9' to '2001:db8::', expected one family in rising order"),
        ("192.0.2.09,192.0.2.1,XA", "address is '192.0.2.09', expected an IPv4 or IPv6 address"),
        ("fe80::1%1,fe80::2,XA", "address is 'fe80::1%1', expected an IPv4 or IPv6 address"),
        ("192.0.2.0,192.0.2.1,xa", "member is 'xa', expected a code of two capital letters"),
        ("192.0.2.0,192.0.2.1", "row has 2 cells, expected first address, last address, member"),
    ],
)
def test_a_row_that_is_no_range_is_an_error(row: str, cause: str) -> None:
    assert record(row).error == f"line 1: {cause}"
