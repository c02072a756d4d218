"""Clients in the field, as far as a server can tell them apart: what each sends, and what it makes of the answers.

Each is written after what its vendor or its source says; none of their code is used but ``taxii2-client``, of which
several of them are made.
"""

import json
import re
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from requests import HTTPError
from taxii2client import v20, v21

from tests.conformance.remote import Remote
from tests.conformance.world import TAXII, Json, Object

LAST = "x-taxii-date-added-last"
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
MOST_REQUESTS, PATIENCE = 200, 60
CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nobody here speaks TLS; without it every request would read the certificates of this machine."""


@dataclass
class Poller:
    """A client that comes again and again, and remembers where it was."""

    remote: Remote
    position: str
    headers: dict[str, str] = field(default_factory=lambda: {"Accept": TAXII})
    requests: int = 0

    def get(self, path: str = "objects/", **query: str | int | None) -> httpx.Response:
        self.requests += 1
        assert self.requests < MOST_REQUESTS
        given = {name: str(value) for name, value in query.items() if value is not None}
        answer = httpx.get(
            f"{self.remote.url}{path}",
            params=given,
            headers=self.headers,
            auth=self.remote.basic,
            verify=CONTEXT,
            timeout=PATIENCE,
        )
        answer.raise_for_status()
        return answer

    def poll(self) -> list[Object]:
        """Return what this visit brings."""
        raise NotImplementedError


class Sentinel(Poller):
    """Microsoft Sentinel: API root and collection id by hand, Basic, a poll now and then from where the last ended."""

    def poll(self) -> list[Object]:
        self.get("")
        found, cursor = [], None
        while True:
            answer = self.get(added_after=self.position, next=cursor)
            found += answer.json().get("objects", [])
            cursor = answer.json().get("next")
            if not answer.json().get("more"):
                self.position = answer.headers.get(LAST, self.position)
                return found


class OpenCTI(Poller):
    """The ingester of OpenCTI: one page a visit, ``next`` and ``added_after`` together, no limit unless it is set."""

    cursor: str | None = None

    def poll(self) -> list[Object]:
        found: list[Object] = []
        while not found or self.cursor:
            answer = self.get(added_after=self.position, next=self.cursor)
            body = answer.json()
            self.cursor = body["next"] if body.get("more") else None
            if LAST in answer.headers:
                self.position = answer.headers[LAST]
            found += body.get("objects", [])
            if not body.get("objects"):
                break
        return found


class Elastic(Poller):
    """Elastic's ``ti_custom``: a Content-Type on every GET, the last slash kept."""

    def poll(self) -> list[Object]:
        self.headers = {"Accept": TAXII, "Content-Type": TAXII, "User-Agent": "Elastic-Filebeat"}
        found, cursor = [], None
        while True:
            answer = self.get(added_after=self.position, next=cursor, limit=15)
            found += answer.json().get("objects", [])
            cursor = answer.json().get("next")
            if cursor is None:
                self.position = answer.headers.get(LAST, self.position)
                return found


class EclecticIQ(Poller):
    """EclecticIQ: a hundred at a time from 1970 on, and a header that is no timestamp stops it for good."""

    def poll(self) -> list[Object]:
        found: list[Object] = []
        while True:
            answer = self.get(added_after=self.position, limit=100)
            for name in ("x-taxii-date-added-first", LAST):
                assert name not in answer.headers or TIMESTAMP.fullmatch(answer.headers[name])
            objects = answer.json().get("objects", [])
            if not objects:
                return found
            found += objects
            self.position = answer.headers[LAST]


class SplunkES(Poller):
    """Splunk Enterprise Security: discovery, the collection out of the list, pages by ``next`` alone."""

    def poll(self) -> list[Object]:
        assert f"/{self.remote.root}/" in self._at("/taxii2/")["api_roots"]
        listed = self._at(f"/{self.remote.root}/collections/")["collections"]
        assert [each["can_read"] for each in listed if each["id"] == self.remote.shelf.id] == [True]
        answer = self.get(added_after=self.position, limit=30)
        found: list[Object] = answer.json().get("objects", [])
        while answer.json().get("more"):
            answer = self.get(next=answer.json()["next"], limit=30)
            found += answer.json().get("objects", [])
        self.position = answer.headers.get(LAST, self.position)
        return found

    def _at(self, path: str) -> Json:
        answer = httpx.get(
            self.remote.base + path, headers=self.headers, auth=self.remote.basic, verify=CONTEXT, timeout=PATIENCE
        )
        found: Json = answer.json()
        return found


class XSOAR(Poller):
    """Palo Alto XSOAR: asks for TAXII 2.0, falls back by the text of the error, finds a collection by its title."""

    def poll(self) -> list[Object]:
        with self._server() as server:
            root = next(each for each in server.api_roots if each.url.split("/")[-2] == self.remote.root)
            collection = next(each for each in root.collections if each.title == self.remote.collection.title)
            pages = v21.as_pages(collection.get_objects, per_request=50, added_after=self.position)
            found = [each for page in pages for each in page.get("objects", [])]
            if found:
                newest = v21.as_pages(collection.get_manifest, per_request=50, added_after=self.position)
                self.position = [each for page in newest for each in page["objects"]][-1]["date_added"]
            root.close()
            return found

    def _server(self) -> Any:
        url = f"{self.remote.base}/taxii2/"
        refusal = pytest.raises(HTTPError, match=r"406 Client Error|version=2\.1")
        with v20.Server(url, **self.remote.credentials) as server, refusal:
            server.refresh()
        return v21.Server(url, **self.remote.credentials)


POLLERS: Sequence[type[Poller]] = [Sentinel, OpenCTI, Elastic, EclecticIQ, SplunkES, XSOAR]


def push_of_splunk(remote: Remote, objects: Sequence[Object]) -> Json:
    """Post a bundle as Splunk's CTIS app does, and return the status that it shows."""
    bundle = {"type": "bundle", "id": "bundle--0c6b4f0a-9d3e-4a57-8f0e-3d2b1a4c5e6f", "objects": list(objects)}
    headers = {"Accept": TAXII, "Content-Type": TAXII}
    answer = httpx.post(
        f"{remote.url}objects/", json=bundle, headers=headers, auth=remote.basic, verify=CONTEXT, timeout=PATIENCE
    )
    assert answer.status_code == 202
    status = httpx.get(
        f"{remote.base}/{remote.root}/status/{answer.json()['id']}/",
        headers=headers,
        auth=remote.basic,
        verify=CONTEXT,
        timeout=PATIENCE,
    )
    shown: Json = status.json()
    return shown


def push_of_misp(remote: Remote, objects: Sequence[Object]) -> list[int]:
    """Post envelopes as MISP does, each as large as the root allows; return their sizes.

    Its base URL ends in a slash and the name of the root follows another. It looks at failures and at nothing else.
    """
    with v21.ApiRoot(f"{remote.base}//{remote.root}/", **remote.credentials) as root:
        collection = next(each for each in root.collections if each.id == remote.shelf.id)
        bodies = list(_filled(objects, root.max_content_length))
        for body in bodies:
            status = collection.add_objects(body, wait_for_completion=False)
            assert status.failure_count == 0, status.failures
    return [len(body) for body in bodies]


def _filled(objects: Sequence[Object], most: int) -> Iterator[bytes]:
    """Yield envelopes of at most so many bytes."""
    opening, closing = b'{"objects": [', b"]}"
    body = opening
    for one in objects:
        text = json.dumps(one).encode()
        if body != opening and len(body) + len(text) + len(closing) + 2 > most:
            yield body + closing
            body = opening
        body += text if body == opening else b", " + text
    yield body + closing
