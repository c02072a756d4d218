"""A return is counts and words that cannot be values; anything else is refused by name."""

import json
from typing import Any

import msgspec
import pytest
from comity.errors import InvalidRequestError
from comity.oversight.returns import Amount, Quality, Return, VisibleCase, check_word, encode_return, parse_return
from hypothesis import example, given, settings
from hypothesis import strategies as st

MEMBERS = ("XA", "XB")
PLAIN = Return(member="XA", start=0, end=10, made=11, rules="00")


def changed(**values: Any) -> bytes:
    return msgspec.json.encode({**json.loads(encode_return(PLAIN)), **values})


def test_a_return_is_read_as_it_was_written() -> None:
    full = msgspec.structs.replace(
        PLAIN,
        reports={name: {"energy": 2} for name in ("sector", "class", "root cause", "layer")},
        amounts={"organisations": Amount(total=3, numbers=1, zeros=1)},
        quality=Quality(asked=2, confirmed_in_hour=1, confirmed_in_day=2),
        cases=(VisibleCase(token="0" * 32, sector="energy", reaches_several=True),),
        ordinary={"fraud": 1, "abusive-content": None},
        given={"XB": 4},
    )

    assert parse_return(encode_return(full), members=MEMBERS) == full


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b'{"member": "XA"}',
        changed(member="ZZ"),
        changed(start=10),
        changed(end=10**18),
        changed(extra=1),
        changed(given={"XA": 1}),
        changed(given={"ZZ": 1}),
        changed(waiting=-1),
        changed(points=10**13),
        changed(lags=[-1]),
        changed(reports={"sector": {"energy": 1}}),
        changed(withheld={"198.51.100.7": 1}),
        changed(ordinary={"indicator--8d1f6e42-2b1e-4f0b-9c80-2f4f0c9a7d11": 1}),
        changed(ordinary={"victim.example": 1}),
        changed(duties={"": {"met": 1}}),
        changed(quality={"asked": 1, "confirmed_in_day": 2}),
        changed(cases=[{"token": "victim", "sector": "energy", "reaches_several": False}]),
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_what_is_no_return_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidRequestError):
        parse_return(raw, members=MEMBERS)


@settings(max_examples=40)
@given(st.one_of(st.binary(), st.builds(changed, reports=st.dictionaries(st.text(), st.integers() | st.text()))))
@example(b'{"member": 1}')
def test_whatever_comes_ends_in_a_return_or_a_refusal(raw: bytes) -> None:
    try:
        found = parse_return(raw, members=MEMBERS)
    except InvalidRequestError:
        return
    assert found.member in MEMBERS


@pytest.mark.parametrize(
    "word", ["fraud", "information-content-security", "not stated", "class 1", "fraud/phishing", "мошенничество"]
)
def test_a_word_names_a_column(word: str) -> None:
    check_word(word)


@pytest.mark.parametrize(
    "word", ["", "a.example", "a@b", "203.0.113.7", "x" * 65, "d41d8cd98f00", "/etc/x", "a:b", "a\nb"]
)
def test_a_value_names_none(word: str) -> None:
    with pytest.raises(InvalidRequestError, match="names a column"):
        check_word(word)
