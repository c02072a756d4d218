"""How much each caller may ask, by a clock that the test sets."""

import pytest
from comity.gateway.limiting import MOST_CALLERS, Allowance, Limiter, neighbourhood


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limiter(clock: Clock, *, per_second: float = 8, burst: float = 4, concurrency: int = 100) -> Limiter:
    return Limiter(Allowance(per_second=per_second, burst=burst, concurrency=concurrency), clock)


def asked(limits: Limiter, caller: object, times: int) -> int:
    """Return how many of *times* requests, one after the other, were let in."""
    let_in = [limits.enter(caller) == 0 for _ in range(times)]
    for _ in range(sum(let_in)):
        limits.leave(caller)
    return sum(let_in)


def test_a_burst_is_let_in_and_what_goes_beyond_it_is_not(clock: Clock) -> None:
    assert asked(limiter(clock), "a", 50) == 5


def test_a_caller_gets_its_share_back_with_time_and_no_more_than_a_burst(clock: Clock) -> None:
    limits = limiter(clock)
    asked(limits, "a", 50)
    clock.now += 0.25

    assert asked(limits, "a", 50) == 2
    clock.now += 3_600
    assert asked(limits, "a", 50) == 5


def test_who_waits_as_long_as_it_is_told_is_let_in(clock: Clock) -> None:
    limits = limiter(clock)
    asked(limits, "a", 50)
    wait = limits.enter("a")
    clock.now += wait

    assert wait == 0.125
    assert limits.enter("a") == 0


def test_a_refused_request_costs_nothing(clock: Clock) -> None:
    limits = limiter(clock)
    asked(limits, "a", 5)
    before = limits.enter("a")
    asked(limits, "a", 1_000)

    assert limits.enter("a") == before


def test_callers_do_not_use_up_the_share_of_others(clock: Clock) -> None:
    limits = limiter(clock)
    asked(limits, "a", 50)

    assert asked(limits, "b", 50) == 5


def test_only_so_many_requests_of_one_caller_are_worked_on_at_once(clock: Clock) -> None:
    limits = limiter(clock, burst=100, concurrency=2)

    assert [limits.enter("a"), limits.enter("a"), limits.enter("a"), limits.enter("b")] == [0, 0, 1, 0]
    limits.leave("a")
    assert limits.enter("a") == 0


def test_what_is_charged_counts_as_requests(clock: Clock) -> None:
    limits = limiter(clock)
    limits.charge("a", 3)

    assert asked(limits, "a", 50) == 2


def test_memory_is_bounded_and_who_owes_most_is_remembered(clock: Clock) -> None:
    limits = limiter(clock)
    asked(limits, "flood", 50)
    for number in range(3 * MOST_CALLERS):
        asked(limits, number, 1)

    assert limits.remembered <= MOST_CALLERS
    assert limits.enter("flood") > 0


def test_who_owes_nothing_is_forgotten_first(clock: Clock) -> None:
    limits = limiter(clock)
    for number in range(MOST_CALLERS):
        asked(limits, number, 1)
    clock.now += 1
    asked(limits, "a", 1)

    assert limits.remembered == 1


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::9", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_network_counts_as_one_address(address: str, counted: str) -> None:
    assert neighbourhood(address) == counted
