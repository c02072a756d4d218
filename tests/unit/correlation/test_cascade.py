"""What the loss of assets takes from others (scenario format, 2.6), against networkx as an independent reference."""

from collections.abc import Mapping
from fractions import Fraction
from math import prod

import networkx as nx
import numpy as np
import pytest
from comity.correlation.cascade import Graph
from comity.correlation.concentration import concentration
from comity.domain.asset import Asset, AssetKind, Dependency
from hypothesis import given, settings
from hypothesis import strategies as st

Shares = Mapping[tuple[int, int], int]
"""(dependent, dependency) -> twelfths of its function."""


def asset(key: str, **shares: float) -> Asset:
    dependencies = tuple(Dependency(on=on, share=share) for on, share in shares.items())
    return Asset(key=key, member="XA", kind=AssetKind.DATA_CENTRE, depends_on=dependencies)


def graph_of(shares: Shares) -> Graph:
    by_dependent: dict[int, dict[str, float]] = {}
    for (dependent, dependency), twelfths in shares.items():
        by_dependent.setdefault(dependent, {})[f"n{dependency}"] = twelfths / 12
    return Graph.of([asset("n0"), *(asset(f"n{number}", **each) for number, each in by_dependent.items())])


def reference(shares: Shares, lost: int) -> dict[str, Fraction]:
    """Return the losses of a graph without cycles, exactly, in networkx's topological order."""
    graph = nx.DiGraph()
    graph.add_node(lost)
    for (dependent, dependency), twelfths in shares.items():
        graph.add_edge(dependency, dependent, share=Fraction(twelfths, 12))
    loss: dict[int, Fraction] = {}
    for node in nx.topological_sort(graph):
        raw = sum((loss[on] * graph.edges[on, node]["share"] for on in graph.predecessors(node)), Fraction(0))
        loss[node] = Fraction(1) if node == lost else min(Fraction(1), raw)
    return {f"n{node}": share for node, share in loss.items() if share}


edges = st.tuples(st.integers(0, 7), st.integers(0, 7))
acyclic = st.dictionaries(
    edges.map(lambda pair: (max(pair), min(pair))).filter(lambda e: e[0] != e[1]), st.integers(1, 12)
)
cyclic = st.dictionaries(edges.filter(lambda pair: pair[0] != pair[1]), st.integers(1, 12))


@settings(deadline=None)
@given(acyclic)
def test_losses_are_those_of_an_independent_reference(shares: Shares) -> None:
    expected = reference(shares, 0)

    assert graph_of(shares).impact(["n0"]) == pytest.approx({key: float(share) for key, share in expected.items()})


@settings(deadline=None)
@given(acyclic)
def test_what_dependencies_contribute_adds_up_to_the_loss_or_more(shares: Shares) -> None:
    graph = graph_of(shares)
    impact = graph.impact(["n0"])
    sums = {key: min(1.0, sum(graph.shares_of(key, impact).values())) for key in impact if key != "n0"}

    assert sums == pytest.approx({key: loss for key, loss in impact.items() if key != "n0"})


@settings(deadline=None)
@given(acyclic)
def test_paths_are_all_simple_paths_and_carry_the_product_of_their_shares(shares: Shares) -> None:
    graph = graph_of(shares)
    reference_graph = nx.DiGraph(list(shares))
    found = {path.keys: path.share for path in graph.paths("n7", ["n0"], most=10_000)}
    expected = nx.all_simple_paths(reference_graph, 7, 0) if {0, 7} <= set(reference_graph) else []

    assert found == pytest.approx(
        {
            tuple(f"n{node}" for node in path): prod(shares[pair] / 12 for pair in nx.utils.pairwise(path))
            for path in expected
        }
    )


@settings(deadline=None)
@given(cyclic)
def test_losses_of_a_graph_with_cycles_are_a_fixed_point(shares: Shares) -> None:
    graph = graph_of(shares)
    loss = graph.losses(["n0"])
    table = np.zeros((len(graph.keys), len(graph.keys)))
    for (dependent, dependency), twelfths in shares.items():
        table[graph.numbers[f"n{dependent}"], graph.numbers[f"n{dependency}"]] = twelfths / 12
    again = np.minimum(1.0, table @ loss)
    again[graph.numbers["n0"]] = 1.0

    assert loss == pytest.approx(again, abs=1e-6)


@settings(deadline=None)
@given(cyclic)
def test_losing_more_never_takes_less(shares: Shares) -> None:
    graph = graph_of(shares)

    assert (graph.losses(["n0", "n1"]) >= graph.losses(["n0"]) - 1e-9).all()


def test_a_cycle_that_nothing_lost_touches_loses_nothing() -> None:
    graph = Graph.of([asset("a", b=1.0), asset("b", a=1.0), asset("c")])

    assert graph.impact(["c"]) == {"c": 1.0}


def test_a_cycle_passes_on_what_comes_into_it() -> None:
    graph = Graph.of([asset("a", b=0.5, cable=0.5), asset("b", a=1.0)])

    assert graph.impact(["cable"]) == pytest.approx({"cable": 1.0, "a": 1.0, "b": 1.0})


def test_losses_through_transit_are_those_of_the_format() -> None:
    capacity = [
        asset("VN", csg=0.6, CN=0.4),
        asset("CN", csg=0.05, other=0.95),
        asset("TH", csg=0.3, other=0.7),
        asset("LA", VN=0.4, TH=0.4, CN=0.2),
    ]
    graph = Graph.of(capacity)
    impact = graph.impact(["csg"])

    assert impact == pytest.approx({"csg": 1.0, "VN": 0.62, "CN": 0.05, "TH": 0.3, "LA": 0.378})
    assert graph.shares_of("LA", impact) == pytest.approx({"VN": 0.248, "TH": 0.12, "CN": 0.01})


def test_an_unknown_asset_takes_nothing_with_it() -> None:
    assert graph_of({(1, 0): 12}).impact(["nowhere"]) == {}


@pytest.mark.parametrize(("shares", "index"), [({"one": 1.0}, 1.0), ({"one": 0.25, "two": 0.25}, 0.5), ({}, None)])
def test_concentration_is_the_sum_of_squared_shares(shares: dict[str, float], index: float | None) -> None:
    assert concentration(asset("a", **shares)) == index


@pytest.mark.parametrize("share", [0, -0.1, 1.01, float("nan")])
def test_a_share_is_above_nothing_and_at_most_all(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        Dependency(on="a", share=share)
