"""How many objects a second the STIX parser takes in, beside ``json.loads`` of the same bytes in the same run."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import msgspec
from comity.stix.objects import parse_object
from comity_schemas.extensions import RELEASE

ROUNDS = 7
COUNT = 2_000


def _indicator(number: int, *, stated: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{number:08x}-3c1b-4a55-9c1e-6d2f8b7a4c10",
        "created": "2026-01-05T10:20:30.000Z",
        "modified": "2026-01-06T10:20:30.000Z",
        "created_by_ref": "identity--8d6f1f4e-3c1b-4a55-9c1e-6d2f8b7a4c10",
        "name": f"host-{number}.example",
        "indicator_types": ["malicious-activity"],
        "pattern": f"[domain-name:value = 'host-{number}.example']",
        "pattern_type": "stix",
        "valid_from": "2026-01-05T10:20:30.000Z",
        "object_marking_refs": ["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"],
    }
    if stated:
        statement = {"extension_type": "property-extension", "label": "GUARDED", "releasable_to": "ALL"}
        body["extensions"] = {RELEASE: statement}
    return body


def _rate(parse: Callable[[bytes], object], texts: list[bytes]) -> float:
    """Return the best rate of several rounds, which other work on the machine disturbs least."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for text in texts:
            parse(text)
        best = min(best, time.perf_counter() - start)
    return len(texts) / best


def main() -> None:
    """Print one line for each way of writing the objects."""
    for stated in (False, True):
        bodies = [_indicator(number, stated=stated) for number in range(COUNT)]
        kind = "indicators with a release" if stated else "indicators"
        written = {
            "compact": [msgspec.json.encode(body) for body in bodies],
            "spaced": [json.dumps(body).encode() for body in bodies],
        }
        for how, texts in written.items():
            ours, plain = _rate(parse_object, texts), _rate(json.loads, texts)
            sys.stdout.write(
                f"{kind}, {how}: {ours:,.0f}/s, json.loads {plain:,.0f}/s, {plain / ours:.2f} times json.loads\n"
            )


if __name__ == "__main__":
    main()
