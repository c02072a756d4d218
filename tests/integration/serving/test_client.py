"""What a node takes from the other side: so much and no more, in the one coding it asked for."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from comity.errors import SyncError
from comity.transport.client import ServiceClient
from fastapi import FastAPI, Request, Response

from tests.integration.serving.conftest import Serve, settings_of

MOST = 100_000


@pytest.fixture
def other_side(serve: Serve, tmp_path: Path) -> Callable[[bytes, str], ServiceClient]:
    """Return what serves one body in one coding, and the client that fetches it."""

    def start(body: bytes, coding: str) -> ServiceClient:
        app = FastAPI()

        @app.get("/")
        def answer(request: Request) -> Response:
            headers = {"content-encoding": coding, "x-asked": request.headers["accept-encoding"]}
            return Response(body, headers=headers, media_type="application/json")

        return ServiceClient(serve(app, settings_of(tmp_path)), most_bytes=MOST)

    return start


def test_an_answer_within_the_limit_is_unpacked(other_side: Callable[[bytes, str], ServiceClient]) -> None:
    with other_side(gzip.compress(b"x" * MOST), "gzip") as client:
        body, headers = client.get("/")

    assert body == b"x" * MOST
    assert headers["x-asked"] == "gzip"


def test_an_answer_that_grows_when_it_is_unpacked_is_given_up(
    other_side: Callable[[bytes, str], ServiceClient],
) -> None:
    with other_side(gzip.compress(b"x" * 50_000_000), "gzip") as client, pytest.raises(SyncError, match="larger than"):
        client.get("/")


@pytest.mark.parametrize(
    ("body", "coding"),
    [(zstandard.compress(b"x" * 50_000_000), "zstd"), (b"x", "br"), (gzip.compress(b"x", mtime=0), "gzip, gzip")],
)
def test_a_coding_that_was_not_asked_for_is_not_unpacked(
    other_side: Callable[[bytes, str], ServiceClient], body: bytes, coding: str
) -> None:
    with other_side(body, coding) as client, pytest.raises(SyncError, match="expected gzip or none"):
        client.get("/")


def test_what_is_no_gzip_is_an_answer_that_cannot_be_used(other_side: Callable[[bytes, str], ServiceClient]) -> None:
    with other_side(b"no gzip at all", "gzip") as client, pytest.raises(SyncError, match="DecodingError"):
        client.get("/")
