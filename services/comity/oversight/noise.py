"""Two-sided geometric noise (discrete Laplace), drawn exactly: no float decides what is drawn.

The algorithm is that of Canonne, Kamath and Steinke, "The Discrete Gaussian for Differential Privacy" (2020), 5: a
coin of probability exp(-x) is thrown with integers only, so the noise has no holes that would tell the value under it.
"""

from collections.abc import Callable
from fractions import Fraction

Below = Callable[[int], int]
"""Returns a secret random whole number from 0 up to, not including, its argument: ``secrets.randbelow``."""


def two_sided_geometric(epsilon: Fraction, below: Below) -> int:
    """Return a whole number x with a probability in proportion to exp(-epsilon * |x|).

    Raises:
        ValueError: *epsilon* is not above zero.
    """
    if epsilon <= 0:
        raise ValueError(f"epsilon is {epsilon}, expected more than 0")
    over, under = epsilon.numerator, epsilon.denominator
    while True:
        part = below(under)
        if not _coin(Fraction(part, under), below):
            continue
        whole = 0
        while _coin(Fraction(1), below):
            whole += 1
        size = (part + under * whole) // over
        is_negative = below(2) == 1
        if not (is_negative and size == 0):
            return -size if is_negative else size


def _coin(gamma: Fraction, below: Below) -> bool:
    """Return true with the probability exp(-gamma), for gamma from 0 to 1."""
    throws = 1
    while below(gamma.denominator * throws) < gamma.numerator:
        throws += 1
    return throws % 2 == 1
