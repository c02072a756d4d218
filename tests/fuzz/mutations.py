"""Requests that are nearly right: valid ones of every TAXII endpoint, changed in one place or several."""

import gzip
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.conformance.world import HELD, TAXII, address, envelope, indicator, labelled, malware, moment, sdo
from tests.samples import MINIMAL, OBSERVABLES

METHODS = ["GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW", "get", "G\0T", ""]
ODD: Sequence[str] = (
    *("", " ", "%00", "%ff", "%", "%zz", "..", ".", "%2e%2e", "%2f", "*", "-", "null", "[]", "{}", "0", "-1", "1e9"),
    *("' OR 1=1 --", "<script>", "%F0%9F%98%80", "\u00fc", "a" * 300, "x" * 9000, "9" * 40, "%0d%0aX:y", "%u0041"),
    *("indicator--", "indicator--00000000-0000-4000-8000-000000000000", "first,last", "all", "2020-01-01T00:00:00Z"),
)
QUERIES = {
    "added_after": ["1970-01-01T00:00:00Z", "2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:00+01:00"],
    "limit": ["1", "5", "1000", "0", "99999999999999999999"],
    "next": ["AAAAAAAAAAAAAAAAAAAAAAAA"],
    "match[id]": [HELD, f"{HELD},{HELD[:-1]}1"],
    "match[type]": ["indicator", "malware,ipv4-addr", "sighting"],
    "match[version]": ["first", "last", "all", "first,last", "2026-03-01T00:00:00.000Z"],
    "match[spec_version]": ["2.1", "2.0", "2.0,2.1"],
    "match[unheard]": ["x"],
}
HEADERS = {
    "Accept": [TAXII, "*/*", "text/html", 'application/taxii+json;version="2.1";q=0.5', ";;;,,,", "a" * 9000, "\x80"],
    "Content-Type": [TAXII, "application/taxii+json", "text/plain", "", '";"', "\xff"],
    "Content-Encoding": ["gzip", "br", "gzip, gzip", "identity", ""],
    "Content-Length": ["0", "5", "-1", "x", "99999999999999999999", "1, 2", "+5", "0x10"],
    "Transfer-Encoding": ["chunked", "gzip, chunked", "identity", "chunked, chunked", "\x0bchunked"],
    "Expect": ["100-continue", "x"],
    "Connection": ["keep-alive", "upgrade", "close, te"],
    "Upgrade": ["websocket", "h2c"],
    "Host": ["", "a b", "[::1", "x" * 3000],
    "Range": ["bytes=0-1", "items 0-9"],
    "If-None-Match": ["*", '"x"', "\\"],
    "Accept-Encoding": ["gzip", "zstd", "*;q=0", "identity;q=0"],
    "X-Odd": ["\0", "\t", "a\rb", "a" * 70_000],
}
VALUES: Sequence[Any] = (
    *(None, True, 0, -1, 1.5, 2**63, 10**400, "", "\0", "\ud800", "\U0010ffff", "x" * 5000, [], [[]], {}, {"": ""}),
    *({"__proto__": 1}, "2026-02-30T00:00:00.000Z", "0000-01-01T00:00:00Z", "indicator--x", ["a"] * 500),
)


@dataclass(frozen=True)
class Target:
    """Where requests go: the paths of collections, and who sends them."""

    collections: Sequence[str]
    authorizations: Sequence[str]


@dataclass(frozen=True)
class Attempt:
    """A request, and whether a server can tell where it ends: then it must answer, else it may wait for more."""

    raw: bytes
    is_whole: bool


class Mutator:
    """Makes one request after the other; equal seeds make equal requests."""

    def __init__(self, target: Target, seed: int) -> None:
        self._target = target
        self._random = random.Random(seed)  # noqa: S311  # no secret

    def request(self) -> Attempt:
        """Return a request."""
        chance = self._random
        collection = chance.choice(self._target.collections)
        method, path = chance.choice(self._endpoints(collection))
        body = self._body(collection) if method == "POST" or self._rarely() else b""
        headers = {
            "Host": "n",
            "Accept": TAXII,
            "Authorization": chance.choice(self._target.authorizations),
            "Connection": "close",
            **({"Content-Type": TAXII, "Content-Length": str(len(body))} if body else {}),
        }
        for change in chance.choices((self._other_header, self._coded, self._chunked, self._without), k=self._few()):
            body = change(headers, body)
        if self._rarely():
            method = chance.choice(METHODS)
        version = "HTTP/1.1" if not self._rarely() else chance.choice(["HTTP/1.0", "HTTP/2.0", "HTTP/9", "x", ""])
        first = f"{method} {self._path(path)}{self._query()} {version}"
        lines = [first, *(f"{name}: {value}" for name, value in headers.items())]
        raw = "\r\n".join((*lines, "", "")).encode("latin-1", "replace") + body
        if self._rarely():
            return Attempt(self._broken(raw), is_whole=False)
        return Attempt(raw, is_whole=version == "HTTP/1.1" and _is_framed(headers, body))

    def _endpoints(self, collection: str) -> list[tuple[str, str]]:
        root = collection.split("/")[1]
        one = f"{collection}objects/{HELD}/"
        return [
            ("GET", "/taxii2/"),
            ("GET", f"/{root}/"),
            ("GET", f"/{root}/collections/"),
            ("GET", f"/{root}/status/00000000-0000-4000-8000-000000000000/"),
            ("GET", collection),
            ("GET", f"{collection}manifest/"),
            *[("GET", f"{collection}objects/")] * 4,
            *[("POST", f"{collection}objects/")] * 8,
            ("GET", one),
            ("GET", f"{one}versions/"),
            ("DELETE", one),
        ]

    def _rarely(self) -> bool:
        return self._random.random() < 0.1

    def _few(self) -> int:
        return self._random.choice((0, 0, 0, 1, 1, 2))

    # --- heads

    def _path(self, path: str) -> str:
        if self._random.random() < 0.85:
            return path.replace(" ", "%20")
        parts = path.split("/")
        place = self._random.randrange(len(parts))
        parts[place : place + self._random.randrange(2)] = [self._random.choice(ODD)]
        return "/".join(parts).replace(" ", "%20" if not self._rarely() else " ")

    def _query(self) -> str:
        pairs = []
        for _ in range(self._random.choice((0, 0, 0, 1, 2, 3))):
            name = self._random.choice(list(QUERIES)) if not self._rarely() else self._random.choice(ODD)
            choices = QUERIES.get(name, ODD) if self._random.random() < 0.8 else ODD
            pairs.append(f"{name}={self._random.choice(choices)}".replace(" ", "+"))
        return "?" + "&".join(pairs) if pairs else ""

    def _other_header(self, headers: dict[str, str], body: bytes) -> bytes:
        name = self._random.choice(list(HEADERS))
        headers[name if not self._rarely() else name.lower()] = self._random.choice(HEADERS[name])
        return body

    def _without(self, headers: dict[str, str], body: bytes) -> bytes:
        headers.pop(self._random.choice(list(headers)), None)
        return body

    def _coded(self, headers: dict[str, str], body: bytes) -> bytes:
        headers["Content-Encoding"] = "gzip"
        packed = gzip.compress(body)
        packed = packed if self._random.random() < 0.5 else self._broken(packed)
        headers["Content-Length"] = str(len(packed))
        return packed

    def _chunked(self, headers: dict[str, str], body: bytes) -> bytes:
        headers.pop("Content-Length", None)
        headers["Transfer-Encoding"] = "chunked"
        size = self._random.choice((1, 7, 1000, 100_000))
        parts = [body[start : start + size] for start in range(0, min(len(body), 300 * size), size)]
        return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in [*parts, b""])

    def _broken(self, raw: bytes) -> bytes:
        """Return *raw* with some bytes changed, left out, put in, or cut off."""
        changed = bytearray(raw)
        for _ in range(self._random.choice((1, 1, 2, 5))):
            place = self._random.randrange(len(changed) + 1)
            match self._random.randrange(4):
                case 0:
                    changed[place : place + 1] = bytes([self._random.randrange(256)])
                case 1:
                    del changed[place : place + self._random.choice((1, 10))]
                case 2:
                    changed[place:place] = self._random.choice(
                        (b"\r\n", b"\0", b"\xff\xfe", b"[" * 5000, b'"', b" " * 99)
                    )
                case _:
                    del changed[place:]
        return bytes(changed)

    # --- bodies

    def _body(self, collection: str) -> bytes:
        objects: list[Any] = [self._object() for _ in range(self._random.choice((0, 1, 1, 2, 5)))]
        fill = labelled if "/node-" in collection else envelope
        filled: Any = json.loads(fill(*objects))
        if self._rarely():
            filled |= {"type": "bundle", "id": "bundle--3b6e1a52-6f0c-4c39-9f5e-2a1f4d7c9b10"}
        if self._rarely():
            filled["x_comity_labels"], filled["x_comity_label_of"] = ["{}"], [0] * len(objects)
        if self._rarely():
            filled = self._changed(filled)
        raw = json.dumps(filled, ensure_ascii=self._random.random() < 0.9).encode("utf-8", "surrogatepass")
        return self._broken(raw) if self._rarely() else raw

    def _object(self) -> Any:
        makers: Sequence[Callable[[], Any]] = (indicator, malware, address, self._sample, self._held)
        one = self._random.choice(makers)()
        while self._random.random() < 0.4:
            one = self._changed(one)
        return one

    def _held(self) -> Any:
        return indicator(id=HELD, modified=moment(self._random.randrange(1000)))

    def _sample(self) -> Any:
        type_ = self._random.choice([*MINIMAL, *OBSERVABLES])
        return sdo(type_, **{**MINIMAL, **OBSERVABLES}[type_])

    def _changed(self, value: Any) -> Any:
        """Return *value* with something in it that is not expected there."""
        if isinstance(value, dict) and value and self._random.random() < 0.9:
            name = self._random.choice(list(value))
            match self._random.randrange(5):
                case 0:
                    return {key: each for key, each in value.items() if key != name}
                case 1:
                    return {**value, self._random.choice(("x_odd", "", "\0", "id", "extensions")): self._odd()}
                case _:
                    return {**value, name: self._changed(value[name])}
        if isinstance(value, list) and value and self._random.random() < 0.7:
            place = self._random.randrange(len(value))
            return [*value[:place], self._changed(value[place]), *value[place + 1 :]]
        if isinstance(value, str) and value and self._random.random() < 0.5:
            place = self._random.randrange(len(value))
            return (
                value[:place] + self._random.choice(("\0", "'", "--", "\ud800", "\u202e", "Z", "")) + value[place + 1 :]
            )
        return self._odd()

    def _odd(self) -> Any:
        return self._random.choice(VALUES)


def _is_framed(headers: dict[str, str], body: bytes) -> bool:
    """Return whether the head says truly how long the body is, and ends the connection after it."""
    framing = {name.lower(): value for name, value in headers.items()}
    is_chunked = framing.get("transfer-encoding") == "chunked" and "content-length" not in framing
    is_counted = "transfer-encoding" not in framing and framing.get("content-length", "0") == str(len(body))
    is_plain = "upgrade" not in framing and framing.get("connection") == "close"
    return is_plain and ((is_chunked and body.endswith(b"0\r\n\r\n")) or is_counted)
