"""No cell of a CSV is a formula."""

import pytest
from comity.export.spreadsheet import as_csv, safe


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "＋1", "－1", "＠x"]
)
def test_what_a_spreadsheet_would_carry_out_has_an_apostrophe_before_it(text: str) -> None:
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize(("cell", "text"), [("a=1", "a=1"), ("", ""), (None, ""), (-3, "-3"), ("1-1", "1-1")])
def test_everything_else_is_as_it_is(cell: object, text: str) -> None:
    assert safe(cell) == text


def test_a_table_is_quoted_where_it_must_be_and_begins_with_a_byte_order_mark() -> None:
    assert as_csv(["a", "=b"], [['x,"y', "ü\n"]]) == '\ufeffa,\'=b\r\n"x,""y","ü\n"\r\n'.encode()


def test_a_number_below_zero_stays_a_number() -> None:
    assert (safe(-3), safe(-0.25)) == ("-3", "-0.25")
