"""A TAXII server of others, whose habits a test chooses: inclusive or not, with ``next`` or without, 2.1 or 2.0."""

import json
from dataclasses import dataclass, field

from tests.integration.feeds.publisher import Asked, Publisher, Reply

ROOT = "/api/collections/c1/"
TAXII_21 = "application/taxii+json;version=2.1"
TAXII_20 = "application/vnd.oasis.taxii+json; version=2.0"
Added = tuple[str, str]
"""The time at which an object was added, and the host it is about."""


def indicator(number: int, host: str) -> dict[str, object]:
    """Return an indicator of STIX 2.1."""
    time = "2026-01-05T10:20:30.000Z"
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{number:08x}-3c1b-4a55-9c1e-6d2f8b7a4c10",
        "created": time,
        "modified": time,
        "pattern": f"[domain-name:value = '{host}']",
        "pattern_type": "stix",
        "valid_from": time,
    }


@dataclass(kw_only=True)
class Server:
    """A collection, and how its server answers."""

    added: list[Added]
    inclusive: bool = False
    gives_next: bool = False
    gives_times: bool = True
    most: int = 3
    """The largest page it gives, whatever is asked for."""
    queries: list[dict[str, list[str]]] = field(default_factory=list)

    def publish(self, publisher: Publisher) -> str:
        """Answer at *publisher* and return the address of the collection."""
        publisher.replies[ROOT] = Reply(
            body=json.dumps({"id": "c1", "title": "t", "can_read": True, "can_write": False}).encode(),
            headers={"Content-Type": TAXII_21},
        )
        publisher.replies[f"{ROOT}objects/"] = self._objects
        return publisher.url(ROOT)

    def _objects(self, asked: Asked) -> Reply:
        self.queries.append(dict(asked.query))
        if "next" in asked.query:
            return self._page(int(asked.query["next"][0]), self.added, asked)
        after = asked.query.get("added_after", [""])[0]
        found = [one for one in self.added if one[0] > after or (self.inclusive and one[0] == after)]
        return self._page(0, found if "next" not in asked.query else self.added, asked)

    def _page(self, start: int, found: list[Added], asked: Asked) -> Reply:
        limit = min(int(asked.query.get("limit", ["1000"])[0]), self.most)
        page = found[start : start + limit]
        more = start + limit < len(found)
        body: dict[str, object] = {"objects": [indicator(self.added.index(one) + 1, one[1]) for one in page]}
        if more:
            body["more"] = True
        if more and self.gives_next:
            body["next"] = str(start + limit + len(self.added) - len(found))
        headers = {"Content-Type": TAXII_21}
        if page and self.gives_times:
            headers |= {"X-TAXII-Date-Added-First": page[0][0], "X-TAXII-Date-Added-Last": page[-1][0]}
        return Reply(body=json.dumps(body).encode(), headers=headers)


def publish_20(publisher: Publisher, objects: list[dict[str, object]], *, spelling: str) -> str:
    """Answer as a TAXII 2.0 server that reads ranges in one spelling only; return the address of the collection."""
    about = json.dumps({"id": "c1", "title": "t", "can_read": True, "can_write": False}).encode()
    publisher.replies[ROOT] = Reply(body=about, headers={"Content-Type": TAXII_20})

    def answer(asked: Asked) -> Reply:
        wanted = asked.headers.get("range", "")
        if not wanted.startswith(spelling):
            return Reply(status=416)
        first, _, last = wanted.removeprefix(spelling).partition("-")
        page = objects[int(first) : min(int(last), int(first) + 1) + 1]
        if not page:
            return Reply(status=416)
        bundle = {"type": "bundle", "id": "bundle--1", "spec_version": "2.0", "objects": page}
        end = int(first) + len(page) - 1
        headers = {"Content-Range": f"items {first}-{end}/{len(objects)}", "Content-Type": TAXII_20}
        return Reply(body=json.dumps(bundle).encode(), status=206, headers=headers)

    publisher.replies[f"{ROOT}objects/"] = answer
    return publisher.url(ROOT)
