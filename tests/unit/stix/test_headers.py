"""What is read of an object, and what is left alone."""

import pytest
from comity.stix.headers import read_header


def test_granular_markings_are_read_by_reference_only() -> None:
    header = read_header(
        b'{"type":"a","id":"b","granular_markings":[{"lang":"de","selectors":["x"]},{"marking_ref":"m"}]}'
    )

    assert [each.marking_ref for each in header.granular_markings] == [None, "m"]


def test_the_values_of_extensions_are_not_decoded() -> None:
    header = read_header(b'{"type":"a","id":"b","extensions":{"e":{ "x" : 1 }}}')

    assert bytes(header.extensions["e"]) == b'{ "x" : 1 }'


@pytest.mark.parametrize("own", [b'"name":1', b'"count":"x"', b'"hashes":[]', b'"pattern":{}'])
def test_a_name_that_means_something_else_elsewhere_leaves_the_common_properties(own: bytes) -> None:
    header = read_header(b'{"type":"x-a","id":"b","object_marking_refs":["m"],' + own + b"}")

    assert header.object_marking_refs == ("m",)
    assert (header.name, header.count, header.hashes, header.pattern) == (None, None, None, None)
