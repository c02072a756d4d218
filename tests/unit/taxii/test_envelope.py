import json

import pytest
from comity.taxii.envelope import envelope, manifest, manifest_record, version_text, versions


def test_objects_are_spliced_in_byte_for_byte() -> None:
    raw = b'{"type" : "tool",  "name":"\xc3\xa9"}'

    assert envelope(raw + b"," + raw) == b'{"more":false,"objects":[' + raw + b"," + raw + b"]}"


def test_nothing_is_an_empty_resource() -> None:
    assert (envelope(b""), manifest(b""), versions(b"")) == (b"{}", b"{}", b"{}")


@pytest.mark.parametrize("build", [envelope, manifest, versions])
@pytest.mark.parametrize("items", [b"", b"1,2"])
@pytest.mark.parametrize("cursor", [None, "abc", '"'])
def test_more_comes_with_the_cursor(build: type, items: bytes, cursor: str | None) -> None:
    page = json.loads(build(items, True, cursor))

    assert (page["more"], page.get("next")) == (True, cursor)


def test_the_last_page_has_no_cursor() -> None:
    assert json.loads(envelope(b"{}", False, "abc")) == {"more": False, "objects": [{}]}


def test_a_manifest_lists_records() -> None:
    record = manifest_record("tool--a", "2024-01-02T03:04:05.1Z", date_added=7)

    assert json.loads(manifest(record)) == {
        "more": False,
        "objects": [
            {
                "id": "tool--a",
                "date_added": "1970-01-01T00:00:00.000007Z",
                "version": "2024-01-02T03:04:05.1Z",
                "media_type": "application/stix+json;version=2.1",
            }
        ],
    }


def test_versions_are_listed_as_strings() -> None:
    texts = ["2024-01-02T03:04:05.1Z", "2024-01-02T03:04:05.200Z"]

    assert json.loads(versions(b",".join(map(version_text, texts)))) == {"more": False, "versions": texts}
