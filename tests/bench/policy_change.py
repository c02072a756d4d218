"""A change of the rules over 1,000 classes, 200 members, 4 desks and 3 purposes: its effect, its proof, its activation.

The same change at 10,000, 100,000 and 1,000,000 objects: the time of the transaction must not grow with them, so that
the smallest of them is the reference in the same run.
"""

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from comity.domain.label import Kind, Label
from comity.domain.purpose import Purpose
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.gateway.viewers import FederationDecider, desk_viewer, node_viewer
from comity.policy import proof
from comity.policy.classes import key
from comity.policy.effect import effect
from comity.policy.policies import Policy
from comity.store.store import Store
from comity.store.tables import objects, releases
from sqlalchemy import insert

MEMBERS, CLASSES = 200, 1_000
SIZES = (10_000, 100_000, 1_000_000)
RULE = """@id("more") @why("Health indicators of all members reach every CERT and operator.")
permit (principal, action in Action::"upto_full", resource)
when { resource.sector == "health" && !resource.release_stated && resource.tlp <= 2 &&
       ["cert", "cii"].contains(principal.role) };"""


def main() -> None:
    """Print the times, and how that of the transaction grows with the number of objects."""
    sizes = tuple(map(int, sys.argv[1:])) or SIZES
    members = [f"M{number:03d}" for number in range(MEMBERS)]
    documents: dict[str, object] = {
        "members.yaml": {"members": {code: {} for code in members}},
        "classification.yaml": {"recognition": {"default_ceiling": "C2", "handling_max_default": "C3"}},
    }
    before = Policy.of(documents, {})
    after = before.with_files({"20-more.cedar": RULE})
    labels = some_labels(members)
    start = time.process_time()
    found = effect(before.engine(), after.engine(), dict.fromkeys(labels, 1))
    print(f"effect: {len(found):,} lines in {time.process_time() - start:.2f} s of CPU")
    start = time.process_time()
    proofs = [*proof.prove(after.rules, after.bloc), proof.opened(before.rules, before.bloc, after.rules, after.bloc)]
    held = sum(each.holds for each in proofs)
    print(f"proof: {held} of {len(proofs)} hold, in {time.process_time() - start:.2f} s of CPU")
    taken = {size: activation(before, after, labels, size) for size in sizes}
    growth = taken[sizes[-1]] / taken[sizes[0]]
    print(f"{sizes[-1] // sizes[0]} times the objects: {growth:.2f} times the time of the transaction")


def some_labels(members: Sequence[str]) -> list[Label]:
    """Return the labels of as many classes as are wanted."""
    every = [
        Label(origin=code, tlp=tlp, tier=tier, kind=Kind.INDICATOR, sector=sector)
        for code in members
        for tlp in (TLP.GREEN, TLP.AMBER)
        for tier in (Tier.C1, Tier.C2)
        for sector in ("health", "none")
    ]
    others = [replace(label, releasable=frozenset({members[0]})) for label in every]
    return [*every, *others][:CLASSES]


def activation(before: Policy, after: Policy, labels: Sequence[Label], size: int) -> float:
    """Return how many seconds of CPU the transaction takes that puts *after* in force over *size* objects."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder) / 'hub.db'}", decider=FederationDecider(before.engine()), clock=clock)
        store.database.migrate()
        fill(store, before, labels, size)
        store.grants.follow(FederationDecider(after.engine()))
        start = time.process_time()
        with store.write() as connection:
            changed = store.grants.refresh(connection, clock())
        took = time.process_time() - start
        assert changed is not None
        print(f"{size:,} objects: {len(changed.opened):,} grants opened in {took:.2f} s of CPU")
        store.close()
        return took


def fill(store: Store, policy: Policy, labels: Sequence[Label], size: int) -> None:
    """Put *size* objects of *labels* in turn into a store, as the release log has them."""
    with store.write() as connection:
        for code, member in policy.bloc.members.items():
            store.grants.add_viewer(connection, node_viewer(code), merges=False)
            for desk in member.desks:
                for purpose in Purpose:
                    store.grants.add_viewer(connection, desk_viewer(desk, purpose), merges=True)
        store.grants.viewers.forget()
        numbers = [store.grants.classes.intern(connection, key(label)) for label in labels]
        store.grants.refresh(connection, clock())
        for start in range(0, size, 10_000):
            places = range(start, min(start + 10_000, size))
            connection.execute(insert(objects), [object_row(place, numbers) for place in places])
            connection.execute(insert(releases), [release_row(place, numbers) for place in places])


def object_row(place: int, numbers: Sequence[int]) -> dict[str, object]:
    """Return the row of an object; its body is short, since none is read."""
    return {
        "object_no": place + 1,
        "uuid": place.to_bytes(16, "big"),
        "type_id": 1,
        "version": 1,
        "space_id": 1,
        "class_id": numbers[place % len(numbers)],
        "contribution": place + 1,
        "twin": None,
        "revoked": False,
        "body": b"{}",
    }


def release_row(place: int, numbers: Sequence[int]) -> dict[str, object]:
    """Return the row of its release."""
    return {
        "seq": place + 1,
        "object_no": place + 1,
        "class_id": numbers[place % len(numbers)],
        "class_no": place // len(numbers) + 1,
        "type_id": 1,
        "contribution": place + 1,
        "latest": True,
        "special": False,
    }


def clock() -> int:
    """Return a time after all releases."""
    return 10_000_000


if __name__ == "__main__":
    main()
