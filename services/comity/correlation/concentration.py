"""How much hangs on how little: the Herfindahl-Hirschman index of what an asset depends on."""

from comity.domain.asset import Asset


def concentration(asset: Asset) -> float | None:
    """Return the sum of the squared shares: 1 where all hangs on one thing, near 0 where on many; ``None`` on nothing.

    Shares are taken of their sum, so that it does not matter whether they add up to 1.
    """
    total = sum(one.share for one in asset.depends_on)
    return sum((one.share / total) ** 2 for one in asset.depends_on) if total else None
