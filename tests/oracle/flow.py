"""The interval in which a suppressed cell must lie, by maximum flow.

A table with fixed margins may only change along circuits of suppressed cells. Raising one cell by ``d`` sends ``d``
back from its column to its row through the others; a cell can rise freely and fall to zero. Margins and cells are
whole numbers, so the extremes over real values are whole as well.
"""

from collections import deque

Cell = tuple[int, int]
Node = tuple[str, int]
Table = list[list[int]]
Network = dict[Node, dict[Node, int]]


def interval_width(table: Table, hidden: set[Cell], cell: Cell) -> int:
    """Return the difference of the largest and the smallest value a suppressed cell can have."""
    row, column = ("row", cell[0]), ("column", cell[1])
    rise = _maximum_flow(_network(table, hidden - {cell}), column, row)
    fall = _maximum_flow(_network(table, hidden - {cell}), row, column)
    return rise + min(fall, table[cell[0]][cell[1]])


def _network(table: Table, cells: set[Cell]) -> Network:
    unbounded = sum(map(sum, table)) + 1
    network: Network = {}
    for i, j in cells:
        row, column = ("row", i), ("column", j)
        network.setdefault(row, {})[column] = unbounded
        network.setdefault(column, {})[row] = table[i][j]
    return network


def _maximum_flow(network: Network, source: Node, sink: Node) -> int:
    total = 0
    while path := _augmenting_path(network, source, sink):
        pushed = min(network[start][stop] for start, stop in path)
        for start, stop in path:
            network[start][stop] -= pushed
            network[stop][start] += pushed
        total += pushed
    return total


def _augmenting_path(network: Network, source: Node, sink: Node) -> list[tuple[Node, Node]]:
    before: dict[Node, Node] = {}
    waiting = deque([source])
    while waiting:
        node = waiting.popleft()
        for following, left in network.get(node, {}).items():
            if left and following not in before and following != source:
                before[following] = node
                waiting.append(following)
    path: list[tuple[Node, Node]] = []
    node = sink
    while node in before:
        path.append((before[node], node))
        node = before[node]
    return path
