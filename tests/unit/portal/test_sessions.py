"""Sessions, the tokens of forms, and the limit on wrong passwords, under a clock that the test moves."""

from dataclasses import dataclass

import pytest
from comity.portal.sessions import LoginLimit, Sessions


@dataclass
class Seconds:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def test_a_session_is_found_under_its_id_until_it_ends(seconds: Seconds) -> None:
    sessions = Sessions(seconds)
    session = sessions.start(7)
    found = sessions.find(session.id)

    sessions.end(session.id)

    assert found is session
    assert sessions.find(session.id) is None


@pytest.mark.parametrize("session_id", [None, "", "guess"])
def test_nothing_is_found_under_another_id(seconds: Seconds, session_id: str | None) -> None:
    sessions = Sessions(seconds)
    sessions.start(7)

    assert sessions.find(session_id) is None


def test_a_form_token_is_good_for_what_it_is_bound_to_only(seconds: Seconds) -> None:
    sessions = Sessions(seconds)
    token = sessions.form_token("one")

    assert sessions.is_form_token(token, bound_to="one")
    assert not sessions.is_form_token(token, bound_to="two")
    assert not Sessions(seconds).is_form_token(token, bound_to="one")


def test_a_form_token_bound_to_nothing_is_good_for_nothing(seconds: Seconds) -> None:
    sessions = Sessions(seconds)

    assert not sessions.is_form_token(sessions.form_token(""), bound_to="")


def test_one_name_is_shut_out_from_one_address_and_let_in_again_later(seconds: Seconds) -> None:
    limit = LoginLimit(per_name=2, within=60, seconds=seconds)
    limit.count_failure("here", "a")
    limit.count_failure("here", "a")

    then = [limit.is_exhausted("here", "a"), limit.is_exhausted("here", "b"), limit.is_exhausted("there", "a")]
    seconds.now = 61

    assert then == [True, False, False]
    assert not limit.is_exhausted("here", "a")


def test_one_address_is_shut_out_for_every_name(seconds: Seconds) -> None:
    limit = LoginLimit(per_address=3, seconds=seconds)
    limit.count_failure("here", "a")
    limit.count_failure("here", "b")
    limit.count_failure("here", "c")

    assert limit.is_exhausted("here", "d")


def test_the_right_password_makes_up_for_the_wrong_ones_of_a_name(seconds: Seconds) -> None:
    limit = LoginLimit(per_name=1, seconds=seconds)
    limit.count_failure("here", "a")

    limit.forgive("here", "a")

    assert not limit.is_exhausted("here", "a")
