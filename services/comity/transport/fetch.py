"""Fetching what others publish: bounded in bytes, time and unpacking, from a checked address and no other host."""

import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx

from comity.errors import SettingsError, SyncError
from comity.transport.destinations import Allowed, Destination, Resolve, destinations, resolve, split

_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_MOST_REDIRECTS = 3
_MOST_ADDRESSES = 3
_MOST_WAIT = 86_400
_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
_NOT_MODIFIED = 304
_AGENT = "comity-feeds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much one answer may be."""

    body_bytes: int = 256 << 20
    seconds: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """What a publisher asks for: a header and its value, which goes to one host and into no message."""

    header: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a publisher answered."""

    body: bytes | None
    """Nothing when it is as it was."""
    headers: Mapping[str, str]
    """By their names in lower case."""


class FetchError(SyncError):
    """A publisher could not be reached, or did not give what was asked for.

    ``retry_after`` is how many seconds it asks to wait, where it does.
    """

    def __init__(self, message: str, *, status: int | None = None, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class Fetcher:
    """Fetches from one publisher at a time; ``allowed`` are the inner hosts and networks that may be."""

    def __init__(
        self,
        *,
        allowed: Allowed | None = None,
        bounds: Bounds | None = None,
        secret: Secret | None = None,
        lookup: Resolve = resolve,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._allowed = allowed or Allowed()
        self._bounds = bounds or Bounds()
        self._secret = secret
        self._lookup = lookup
        self._seconds = seconds
        self._client = httpx.Client(timeout=_TIMEOUT, trust_env=False, follow_redirects=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(
        self, url: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Return what is at *url*, or that it is as it was when *headers* ask so.

        A redirect is followed on the same host and port only, and never from https to http.

        Raises:
            SettingsError: *url* cannot be used.
            SyncError: it leads to an address that feeds are not fetched from, or what came is larger or slower than
                the bounds, or the publisher refused.
        """
        deadline = self._seconds() + self._bounds.seconds
        target = str(httpx.URL(url).copy_merge_params(dict(params))) if params else url
        for _ in range(_MOST_REDIRECTS + 1):
            answer = self._first(target, headers or {}, deadline)
            if isinstance(answer, Answer):
                return answer
            target = _onward(target, answer)
        raise FetchError(f"{_named(target)}: more than {_MOST_REDIRECTS} redirects")

    def post(self, url: str, body: bytes, *, headers: Mapping[str, str]) -> None:
        """Send *body* to *url*, over https unless the operator named the host; nothing is redirected.

        Raises:
            SettingsError: *url* cannot be used.
            SyncError: it leads to an address that nothing is sent to, or what is there did not take it.
        """
        answer = self._first(url, headers, self._seconds() + self._bounds.seconds, body)
        if not isinstance(answer, Answer):
            raise FetchError(f"{_named(url)}: redirects, expected that what is there takes it")

    def _first(self, url: str, headers: Mapping[str, str], deadline: float, sent: bytes | None = None) -> Answer | str:
        """Return the answer of the first address that can be reached, or where it redirects to."""
        problem = ""
        for one in destinations(url, self._allowed, self._lookup)[:_MOST_ADDRESSES]:
            try:
                return self._ask(one, url, headers, deadline, sent)
            except httpx.ConnectError as error:
                problem = type(error).__name__
            except httpx.HTTPError as error:
                raise FetchError(f"{_named(url)}: no answer: {type(error).__name__}") from error
        raise FetchError(f"{_named(url)}: no answer: {problem}")

    def _ask(
        self, one: Destination, url: str, headers: Mapping[str, str], deadline: float, body: bytes | None
    ) -> Answer | str:
        if body is not None and not one.secure and not one.allowed:
            raise SettingsError("url is http, expected https where something is sent")
        # The name was resolved and checked, so the connection goes to that address and to no other that a second
        # look-up might give; the certificate is still that of the name.
        pinned = httpx.URL(url).copy_with(host=one.address)
        default = one.port == (443 if one.secure else 80)
        host = f"[{one.host}]" if ":" in one.host else one.host
        sent = {
            "host": host if default else f"{host}:{one.port}",
            "user-agent": _AGENT,
            "accept": "*/*",
            "accept-encoding": "gzip",
            **headers,
            **self._credentials(one),
        }
        method = "GET" if body is None else "POST"
        named = {"sni_hostname": one.host}
        request = self._client.build_request(method, pinned, headers=sent, content=body, extensions=named)
        response = self._client.send(request, stream=True)
        try:
            return self._read(response, url, deadline)
        finally:
            response.close()

    def _credentials(self, one: Destination) -> Mapping[str, str]:
        if self._secret is None:
            return {}
        if not one.secure and not one.allowed:
            raise SettingsError("url is http, expected https where a secret is sent")
        return {self._secret.header: self._secret.value}

    def _read(self, response: httpx.Response, url: str, deadline: float) -> Answer | str:
        headers = {name.lower(): value for name, value in response.headers.items()}
        if response.status_code == _NOT_MODIFIED:
            return Answer(body=None, headers=headers)
        if response.is_redirect:
            return headers.get("location", "")
        if response.is_error:
            wait = headers.get("retry-after", "")
            raise FetchError(
                f"{_named(url)}: status {response.status_code}",
                status=response.status_code,
                retry_after=min(int(wait), _MOST_WAIT) if wait.isascii() and wait.isdecimal() else None,
            )
        return Answer(body=self._body(response, headers.get("content-encoding", ""), url, deadline), headers=headers)

    def _body(self, response: httpx.Response, encoding: str, url: str, deadline: float) -> bytes:
        unpack = _unpacker(encoding, url)
        most = self._bounds.body_bytes
        parts: list[bytes] = []
        size = 0
        for chunk in response.iter_raw():
            part = unpack(chunk, most - size + 1)
            size += len(part)
            parts.append(part)
            if size > most:
                raise FetchError(f"{_named(url)}: more than {most} bytes")
            if self._seconds() > deadline:
                raise FetchError(f"{_named(url)}: not done after {self._bounds.seconds:.0f} seconds")
        return b"".join(parts)


def _unpacker(encoding: str, url: str) -> Callable[[bytes, int], bytes]:
    """Return what unpacks the chunks of a body, at most so many bytes at a time."""
    if encoding in {"", "identity"}:
        return lambda chunk, _most: chunk
    if encoding not in _WINDOWS:
        raise FetchError(f"{_named(url)}: content-encoding is {encoding[:20]!r}, expected gzip or none")
    packed = zlib.decompressobj(_WINDOWS[encoding])

    def unpack(chunk: bytes, most: int) -> bytes:
        try:
            return packed.decompress(packed.unconsumed_tail + chunk, most)
        except zlib.error as error:
            raise FetchError(f"{_named(url)}: broken {encoding}") from error

    return unpack


def _onward(url: str, location: str) -> str:
    """Return where a redirect leads.

    Raises:
        FetchError: it leads to another host or port, or from https to http.
    """
    target = urljoin(url, location)
    before, after = split(url), split(target)
    ports = {"http": 80, "https": 443}
    same_host = before.hostname == after.hostname
    same_port = (before.port or ports[before.scheme]) == (after.port or ports[after.scheme])
    upgraded = before.port is None and after.port is None and (before.scheme, after.scheme) == ("http", "https")
    if not same_host or not (upgraded or (same_port and before.scheme == after.scheme)):
        raise FetchError(
            f"{_named(url)}: redirects to another place, {_named(target)}; set the url to it if it is right"
        )
    return target


def _named(url: str) -> str:
    """Return *url* without its query, which may hold what is nobody's business."""
    return url.partition("?")[0][:200]
