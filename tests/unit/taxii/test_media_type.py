import pytest
from comity.taxii.media_type import TAXII, accepts, is_taxii_content


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        TAXII,
        "application/taxii+json",
        "application/taxii+json; version=2.1",
        'application/taxii+json ; version="2.1"',
        "APPLICATION/TAXII+JSON;VERSION=2.1",
        "application/taxii+json;version=2.1;q=0.5",
        "application/taxii+json;version=2.1,application/stix+json;version=2.1",
        "application/vnd.oasis.taxii+json; version=2.0, application/taxii+json;version=2.1",
        "text/html, application/taxii+json",
        "*/*",
        "application/*",
        "application/json, text/plain, */*",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        'text/plain;note="a,b;c", application/taxii+json',
    ],
)
def test_a_range_that_covers_taxii_2_1_is_accepted(header: str | None) -> None:
    assert accepts(header)


@pytest.mark.parametrize(
    "header",
    [
        "application/vnd.oasis.taxii+json; version=2.0",
        "application/taxii+json;version=2.0",
        "application/taxii+json;version=2.2",
        "application/stix+json;version=2.1",
        "application/json",
        "text/*",
        "application/taxii+json;version=2.1;q=0",
        "*/*;q=0.0",
        "application/taxii+json;q=0,*/*",
        "application/taxii+json;q=much",
        'text/plain;note=", application/taxii+json',
        ",;,;",
        "*",
    ],
)
def test_a_range_that_does_not_cover_taxii_2_1_is_not_accepted(header: str) -> None:
    assert not accepts(header)


def test_the_most_specific_range_decides() -> None:
    assert accepts("*/*;q=0,application/taxii+json;version=2.1;q=0.1")


@pytest.mark.parametrize(
    "header",
    [
        TAXII,
        "application/taxii+json",
        " Application/TAXII+json ; Version=2.1 ",
        'application/taxii+json;version="2.1"',
        "application/taxii+json;version=2.1;charset=UTF-8",
    ],
)
def test_taxii_content_is_recognised_however_it_is_spelled(header: str) -> None:
    assert is_taxii_content(header)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "application/json",
        "application/taxii+json;version=2.0",
        "application/stix+json;version=2.1",
        "application/taxii+json;charset=utf-16",
        "application/taxii+json, text/html",
    ],
)
def test_other_content_is_not_taxii_content(header: str | None) -> None:
    assert not is_taxii_content(header)
