"""A service as the other side of another: TAXII 2.1 and JSON requests with a token, errors as ``SyncError``."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx

from comity.errors import SyncError
from comity.taxii.media_type import TAXII

_TIMEOUT = httpx.Timeout(60.0, connect=10.0)


class ServiceClient:
    """A connection to one service; the secret goes into a header and nowhere else."""

    def __init__(self, address: str, *, token: str = "", basic: tuple[str, str] | None = None) -> None:
        headers = {"accept": TAXII}
        if token:
            headers["authorization"] = f"Bearer {token}"
        self._client = httpx.Client(
            base_url=address, headers=headers, auth=basic, timeout=_TIMEOUT, trust_env=False, follow_redirects=False
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
        """Put JSON in place of what is there and return the decoded answer.

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

    def _request(self, method: str, path: str, **how: Any) -> httpx.Response:  # noqa: ANN401  # passed on
        try:
            response = self._client.request(method, path, **how)
        except httpx.HTTPError as error:
            raise SyncError(f"{method} {path}: no answer: {type(error).__name__}") from error
        if response.is_error or response.is_redirect:
            raise SyncError(f"{method} {path}: status {response.status_code}: {_title(response)}")
        return response


def _title(response: httpx.Response) -> str:
    try:
        answer = response.json()
    except ValueError:
        return "no JSON answer"
    if not isinstance(answer, dict):
        return "no message"
    return str(answer.get("description") or answer.get("detail") or answer.get("title") or "no message")[:300]
