"""A service as the other side of another: TAXII 2.1 and JSON requests with a token, errors as ``SyncError``.

The other side is not trusted with the memory of this one: an answer is taken in up to ``MOST_BYTES``, counted as it is
unpacked, and only in the one coding whose parts cannot grow a thousandfold more than that.
"""

import ssl
from collections.abc import Mapping
from functools import cache
from types import TracebackType
from typing import Any, Self

import httpx

from comity.errors import SyncError
from comity.taxii.media_type import TAXII

MOST_BYTES = 1 << 30
"""The largest answer that is taken in: a full page of the largest objects."""

_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_CODINGS = frozenset({"", "identity", "gzip"})


class ServiceClient:
    """A connection to one service; the secret goes into a header and nowhere else."""

    def __init__(
        self,
        address: str,
        *,
        token: str = "",
        basic: tuple[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        headers = {"accept": TAXII, "accept-encoding": "gzip"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        self._most_bytes = most_bytes
        self._client = httpx.Client(
            base_url=address,
            headers=headers,
            auth=basic,
            verify=tls or _authorities(),
            timeout=_TIMEOUT,
            trust_env=False,
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def get(
        self, path: str, params: Mapping[str, str | int] | None = None, *, accept: str = TAXII
    ) -> tuple[bytes, Mapping[str, str]]:
        """Return the body and the headers of a page.

        Raises:
            SyncError: the service could not be reached, or refused.
        """
        response = self._request("GET", path, params=dict(params or {}), headers={"accept": accept})
        return response.content, response.headers

    def post_taxii(self, path: str, body: bytes) -> bytes:
        """Post an envelope and return the status resource.

        Raises:
            SyncError: the service could not be reached, or refused the envelope as a whole.
        """
        return self._request("POST", path, content=body, headers={"content-type": TAXII}).content

    def get_json(self, path: str, params: Mapping[str, str | int] | None = None) -> Any:  # noqa: ANN401  # JSON
        """Return the decoded answer of a JSON route.

        Raises:
            SyncError: the service could not be reached, or refused.
        """
        return self._request("GET", path, params=dict(params or {}), headers={"accept": "application/json"}).json()

    def post_json(self, path: str, body: object) -> Any:  # noqa: ANN401  # JSON
        """Post JSON and return the decoded answer.

        Raises:
            SyncError: the service could not be reached, or refused.
        """
        return self._request("POST", path, json=body, headers={"accept": "application/json"}).json()

    def put_json(self, path: str, body: object) -> Any:  # noqa: ANN401  # JSON
        """Put JSON in place of what is at *path* and return the decoded answer.

        Raises:
            SyncError: the service could not be reached, or refused.
        """
        return self._request("PUT", path, json=body, headers={"accept": "application/json"}).json()

    def post_bytes(self, path: str, body: object) -> bytes:
        """Post JSON and return the answer as it came, for what is verified before it is read.

        Raises:
            SyncError: the service could not be reached, or refused.
        """
        return self._request("POST", path, json=body, headers={"accept": "application/json"}).content

    def delete(self, path: str) -> None:
        """Delete what is at *path*.

        Raises:
            SyncError: the service could not be reached, or refused.
        """
        self._request("DELETE", path)

    @property
    def _peer(self) -> str:
        """The host and the port that are called."""
        return self._client.base_url.netloc.decode()

    def _request(self, method: str, path: str, **how: Any) -> httpx.Response:  # noqa: ANN401  # passed on
        try:
            with self._client.stream(method, path, **how) as response:
                body = _whole(response, self._most_bytes)
        except httpx.HTTPError as error:
            raise SyncError(f"{method} {path}: no answer from {self._peer}: {_cause(error)}") from error
        except _UnusableError as error:
            raise SyncError(f"{method} {path}: {error}") from error
        response = httpx.Response(response.status_code, headers=_plain(response.headers), content=body)
        if response.is_error or response.is_redirect:
            raise SyncError(f"{method} {path}: status {response.status_code}: {_title(response)}")
        return response


@cache
def _authorities() -> ssl.SSLContext:
    """Return the trust in public authorities, which takes long to read and is the same for every connection."""
    return httpx.create_ssl_context(trust_env=False)


class _UnusableError(Exception):
    """An answer cannot be taken in."""


def _whole(response: httpx.Response, most: int) -> bytes:
    """Return the body of an answer, unpacked, as long as it is not too large."""
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding not in _CODINGS:
        raise _UnusableError(f"the answer comes in the coding {coding[:40]!r}, expected gzip or none")
    parts, size = [], 0
    for part in response.iter_bytes():
        size += len(part)
        if size > most:
            raise _UnusableError(f"the answer is larger than {most} bytes")
        parts.append(part)
    return b"".join(parts)


def _plain(headers: httpx.Headers) -> dict[str, str]:
    """Return the header fields that hold for the unpacked body."""
    return {name: value for name, value in headers.items() if name not in {"content-encoding", "content-length"}}


def _cause(error: BaseException) -> str:
    """Return what kept an answer from coming, without anything that was sent."""
    chain: BaseException | None = error
    while chain is not None:
        if isinstance(chain, ssl.SSLCertVerificationError):
            return f"the certificate is not accepted: {chain.verify_message}"
        if isinstance(chain, ssl.SSLError):
            return f"TLS failed: {chain.reason}"
        chain = chain.__cause__ or chain.__context__
    return type(error).__name__


def _title(response: httpx.Response) -> str:
    try:
        answer = response.json()
    except ValueError:
        return "no JSON answer"
    if not isinstance(answer, dict):
        return "no message"
    return str(answer.get("description") or answer.get("detail") or answer.get("title") or "no message")[:300]
