"""An edition is what the federation signed, the next after the one before, and nothing else."""

import msgspec
import pytest
from comity.errors import InvalidObjectError
from comity.oversight.edition import Edition, Fact, Row, Section, Sheet, Signed, public_key, rows_of, sign, verify
from comity.oversight.pdf import as_pdf

KEY = bytes(32)
PUBLIC = public_key(KEY)
EDITION = Edition(
    title="Summary",
    number=2,
    start="2027-01-01T00:00:00Z",
    end="2027-04-01T00:00:00Z",
    made="2027-04-02T00:00:00Z",
    previous="ab",
    rules="00",
    k=3,
    contributors=3,
    dominance=0.1,
    sections=(
        Section(
            number=1,
            title="Basis",
            facts=(Fact(name="Reports", value=4, unit="reports"),),
            sheets=(
                Sheet(
                    id="t",
                    title="#let evil = *markup*",
                    header=("member", "count"),
                    rows=(Row(name="$x$ Βορεία \\", cells=("suppressed",)),),
                ),
            ),
        ),
    ),
)


def test_what_was_signed_is_accepted() -> None:
    assert verify(sign(EDITION, KEY), PUBLIC, number=2, previous="ab") == EDITION


@pytest.mark.parametrize(
    ("signed", "number", "previous", "key"),
    [
        (Signed(body=sign(EDITION, KEY).body + b" ", signature=sign(EDITION, KEY).signature), 2, "ab", PUBLIC),
        (Signed(body=sign(EDITION, KEY).body, signature=bytes(64)), 2, "ab", PUBLIC),
        (Signed(body=sign(EDITION, KEY).body, signature=b""), 2, "ab", PUBLIC),
        (sign(EDITION, bytes([1] * 32)), 2, "ab", PUBLIC),
        (sign(EDITION, KEY), 3, "ab", PUBLIC),
        (sign(EDITION, KEY), 2, "cd", PUBLIC),
        (sign(EDITION, KEY), 2, "ab", b"short"),
    ],
)
def test_nothing_else_is(signed: Signed, number: int, previous: str, key: bytes) -> None:
    with pytest.raises(InvalidObjectError, match="edition"):
        verify(signed, key, number=number, previous=previous)


def test_a_document_that_is_none_is_refused_although_it_is_signed() -> None:
    other = sign(msgspec.structs.replace(EDITION, sections=5), KEY)  # type: ignore[arg-type]  # what nobody should sign

    with pytest.raises(InvalidObjectError, match="cannot be read"):
        verify(other, PUBLIC, number=2, previous="ab")


def test_the_flat_table_has_every_number_once() -> None:
    assert rows_of(EDITION) == [
        (1, "Basis", "", "Reports", "reports", 4),
        (1, "Basis", "#let evil = *markup*", "$x$ Βορεία \\", "count", "suppressed"),
    ]


def test_text_of_an_edition_is_no_markup_in_its_pdf() -> None:
    first, second = as_pdf(sign(EDITION, KEY)), as_pdf(sign(EDITION, KEY))

    assert first == second
    assert first.startswith(b"%PDF-")
