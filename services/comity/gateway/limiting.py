"""How much each caller may ask: requests a second with room for bursts (GCRA), and how many at the same time.

A caller is a desk, that is an account, once its credentials are known; before that, an address. What is counted is in
the memory of one process and bounded; several processes let each caller have its share in each of them.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

MOST_CALLERS = 10_000
"""So many callers are remembered; of more, those are forgotten first that asked least."""

Seconds = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What every caller of one kind may do."""

    per_second: float
    burst: float
    concurrency: int


class Limiter:
    """Lets callers of one kind in, each within the same allowance.

    A caller's whole past is one number: the moment at which it will have paid for all it asked so far, at *per_second*
    requests a second. It may be ahead of the present by as much as a burst.
    """

    def __init__(self, allowance: Allowance, seconds: Seconds) -> None:
        self._interval = 1.0 / allowance.per_second
        self._ahead = allowance.burst / allowance.per_second
        self._concurrency = allowance.concurrency
        self._seconds = seconds
        self._paid: dict[Hashable, float] = {}
        self._busy: dict[Hashable, int] = {}

    def enter(self, caller: Hashable) -> float:
        """Count a request that begins; return 0, or the seconds to wait where it must not begin and was not counted."""
        busy = self._busy.get(caller, 0)
        if busy >= self._concurrency:
            return 1.0
        now = self._seconds()
        paid = max(self._paid.get(caller, now), now)
        if paid - now > self._ahead:
            return paid - now - self._ahead
        if caller not in self._paid and len(self._paid) >= MOST_CALLERS:
            self._forget(now)
        self._paid[caller] = paid + self._interval
        self._busy[caller] = busy + 1
        return 0.0

    def leave(self, caller: Hashable) -> None:
        """Count the end of a request that was let in."""
        busy = self._busy[caller] - 1
        if busy:
            self._busy[caller] = busy
        else:
            del self._busy[caller]

    def charge(self, caller: Hashable, requests: float) -> None:
        """Let a request count as so many more."""
        now = self._seconds()
        self._paid[caller] = max(self._paid.get(caller, now), now) + requests * self._interval

    @property
    def remembered(self) -> int:
        """How many callers are remembered."""
        return len(self._paid)

    def _forget(self, now: float) -> None:
        """Make room: forget who has paid for everything; where that is nobody, the quarter that owes least."""
        owing = {caller: paid for caller, paid in self._paid.items() if paid > now}
        if len(owing) >= MOST_CALLERS:
            rising = sorted(owing, key=owing.__getitem__)
            owing = {caller: owing[caller] for caller in rising[MOST_CALLERS // 4 :]}
        self._paid = owing


@lru_cache(maxsize=4_096)
def neighbourhood(address: str) -> str:
    """Return what is counted as one address: for IPv6 the network of 64 bits that one subscriber has to itself."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64))
    return str(parsed)
