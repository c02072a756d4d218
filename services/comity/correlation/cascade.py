"""What the loss of assets takes from those that depend on them, and along which paths.

The loss of an asset is the sum over its dependencies of share x loss of the dependency, and at most 1. In a graph with
cycles it is the least such assignment: losses start at nothing and only rise, so the search ends.
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comity.domain.asset import Asset

_TOLERANCE = 1e-12
"""Rises below this are not followed."""

_MOST_ROUNDS = 1_000_000
_MOST_STEPS = 100_000

Numbers = NDArray[np.int64]
Shares = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Path:
    """A chain of dependencies from one asset to a lost one, and the share of the asset's function that it carries."""

    keys: tuple[str, ...]
    share: float


class Graph:
    """Who depends on whom, with shares; in compressed rows, once by dependency and once by dependent."""

    def __init__(self, keys: Sequence[str], dependents: Numbers, dependencies: Numbers, shares: Shares) -> None:
        self.keys = tuple(keys)
        self.numbers = {key: number for number, key in enumerate(self.keys)}
        self._supported = _rows(len(self.keys), dependencies, dependents, shares)
        self._supporting = _rows(len(self.keys), dependents, dependencies, shares)

    @classmethod
    def of(cls, assets: Iterable[Asset]) -> "Graph":
        """Return the graph of *assets*; one that is only depended on has a place in it as well."""
        edges = [(asset.key, one.on, one.share) for asset in assets for one in asset.depends_on]
        keys = dict.fromkeys(key for edge in edges for key in edge[:2])
        keys |= dict.fromkeys(asset.key for asset in assets)
        numbers = {key: number for number, key in enumerate(keys)}
        return cls(
            tuple(keys),
            np.array([numbers[edge[0]] for edge in edges], np.int64),
            np.array([numbers[edge[1]] for edge in edges], np.int64),
            np.array([edge[2] for edge in edges], np.float64),
        )

    def losses(self, lost: Iterable[str]) -> Shares:
        """Return the share that each asset loses with *lost*, in the order of ``keys``; unknown keys take nothing."""
        seeds = np.array(sorted({self.numbers[key] for key in lost if key in self.numbers}), np.int64)
        raw = np.zeros(len(self.keys))
        raw[seeds] = np.inf
        loss = np.minimum(raw, 1.0)
        risen, rises = seeds, np.ones(len(seeds))
        for _ in range(_MOST_ROUNDS):
            if not len(risen):
                break
            touched, gains = _carried(self._supported, risen, rises)
            if len(touched) * 8 > len(raw):
                added = np.bincount(touched, gains, len(raw))
                candidates = np.flatnonzero(added)
                added = added[candidates]
            else:
                candidates, places = np.unique(touched, return_inverse=True)
                added = np.bincount(places, gains, len(candidates))
            raw[candidates] += added
            now = np.minimum(raw[candidates], 1.0)
            rise = now - loss[candidates]
            loss[candidates] = now
            is_new = rise > _TOLERANCE
            risen, rises = candidates[is_new], rise[is_new]
        return loss

    def impact(self, lost: Iterable[str]) -> dict[str, float]:
        """Return the assets that lose anything with *lost*, themselves included, and the share they lose."""
        loss = self.losses(lost)
        return {self.keys[number]: float(loss[number]) for number in np.flatnonzero(loss)}

    def shares_of(self, key: str, impact: Mapping[str, float]) -> dict[str, float]:
        """Return what each direct dependency of *key* contributes to its loss; together they may exceed 1."""
        found = {on: share * impact.get(on, 0.0) for on, share in self._dependencies(key)}
        return {on: share for on, share in found.items() if share > 0}

    def paths(self, key: str, lost: Iterable[str], *, most: int = 20) -> list[Path]:
        """Return the paths without a circle from *key* to any of *lost*, those that carry most first.

        A path ends at the first lost asset. In a graph without cycles, and unless a loss was cut off at 1, the shares
        of all paths add up to the loss.
        """
        ends = frozenset(lost)
        impact = self.impact(ends)
        heap: list[tuple[float, tuple[str, ...]]] = [(-1.0, (key,))] if key in impact else []
        found: list[Path] = []
        for _ in range(_MOST_STEPS):
            if not heap or len(found) == most:
                break
            share, keys = heapq.heappop(heap)
            if keys[-1] in ends:
                found.append(Path(keys, -share))
                continue
            for on, part in self._dependencies(keys[-1]):
                if on in impact and on not in keys:
                    heapq.heappush(heap, (share * part, (*keys, on)))
        return found

    def _dependencies(self, key: str) -> list[tuple[str, float]]:
        number = self.numbers.get(key)
        if number is None:
            return []
        starts, others, shares = self._supporting
        span = slice(int(starts[number]), int(starts[number + 1]))
        return [(self.keys[other], float(share)) for other, share in zip(others[span], shares[span], strict=True)]


_Rows = tuple[Numbers, Numbers, Shares]


def _rows(count: int, by: Numbers, other: Numbers, shares: Shares) -> _Rows:
    order = np.argsort(by, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(by, minlength=count))]).astype(np.int64)
    return starts, other[order], shares[order]


def _carried(rows: _Rows, risen: Numbers, rises: Shares) -> tuple[Numbers, Shares]:
    """Return who depends on what has risen, one entry an edge, and how much comes to each along it."""
    starts, others, shares = rows
    counts = starts[risen + 1] - starts[risen]
    ends = np.cumsum(counts)
    places = np.arange(ends[-1]) + np.repeat(starts[risen] - (ends - counts), counts)
    return others[places], shares[places] * np.repeat(rises, counts)
