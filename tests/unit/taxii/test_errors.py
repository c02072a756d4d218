import json

from comity.taxii.errors import error_body


def test_an_error_says_its_status_as_a_string() -> None:
    assert error_body(404, "not found") == b'{"title":"not found","http_status":"404"}'


def test_an_error_holds_what_is_known() -> None:
    body = error_body(
        400, "bad query", description="limit is '0'", error_id="e-1", error_code="limit", details={"limit": "0"}
    )

    assert json.loads(body) == {
        "title": "bad query",
        "description": "limit is '0'",
        "error_id": "e-1",
        "error_code": "limit",
        "http_status": "400",
        "details": {"limit": "0"},
    }


def test_an_error_cannot_act_as_markup() -> None:
    body = error_body(400, "<script>&", description="<b>")

    assert (b"<" in body, json.loads(body)["title"]) == (False, "<script>&")


def test_a_long_title_is_cut() -> None:
    assert len(error_body(400, "x" * 100_000)) < 1000


def test_a_lone_surrogate_is_replaced() -> None:
    assert json.loads(error_body(400, "a\ud800b"))["title"] == "a?b"
