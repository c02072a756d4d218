"""Noise of public tables is two-sided geometric, drawn without floats."""

import math
from collections import Counter
from fractions import Fraction
from random import Random

import pytest
from comity.oversight.noise import two_sided_geometric


@pytest.mark.parametrize("epsilon", [Fraction(1), Fraction(1, 2), Fraction(3, 2)])
def test_each_size_is_as_likely_as_the_law_says(epsilon: Fraction) -> None:
    rng = Random(7)  # noqa: S311  # reproducible
    draws = 8_000
    drawn = Counter(two_sided_geometric(epsilon, rng.randrange) for _ in range(draws))
    alpha = math.exp(-float(epsilon))
    expected = {x: draws * (1 - alpha) / (1 + alpha) * alpha ** abs(x) for x in range(-2, 3)}

    assert {x: abs(drawn[x] - share) < 5 * math.sqrt(share) for x, share in expected.items()} == dict.fromkeys(
        expected, True
    )


@pytest.mark.parametrize("epsilon", [Fraction(0), Fraction(-1)])
def test_no_budget_is_no_noise_law(epsilon: Fraction) -> None:
    with pytest.raises(ValueError, match="expected more than 0"):
        two_sided_geometric(epsilon, Random(1).randrange)  # noqa: S311  # never drawn from
