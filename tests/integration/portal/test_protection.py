"""Every answer is protected alike; forms are bound to their session; logins are limited, and run out."""

import re
from collections.abc import Callable

import pytest
from comity.domain.label import Label

from tests.integration.portal.conftest import Seat, Seconds, World

Sit = Callable[[str], Seat]

PASSWORD = "correct horse battery staple"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
GETS = [
    ("", "/"),
    ("", "/search"),
    ("", "/search?format=json"),
    ("", "/assets/nothing.css"),
    ("cert", "/"),
    ("cert", "/search"),
    ("cert", "/search?q=colour:red"),
    ("cert", "/search?format=csv"),
    ("cert", "/search?format=pdf"),
    ("cert", "/objects/nothing"),
    ("cert", "/lookup"),
    ("cert", "/infrastructure"),
    ("cert", "/operator"),
    ("cert", "/operator/submissions/nothing"),
    ("cert", "/operator/preview"),
    ("soc", "/operator"),
    ("regulator", "/regulator"),
    ("regulator", "/regulator?edition=yesterday"),
    ("regulator", "/regulator/own"),
    ("cert", "/operator/duties"),
    ("cert", "/operator/returns"),
]
POSTS = ["/login", "/logout", "/purpose", "/lookup", "/objects/nothing/sight", "/operator/preview"]
POSTS += ["/operator/submissions/nothing/recall", "/operator/duties", "/operator/returns"]


@pytest.mark.parametrize(("name", "path"), GETS)
def test_every_answer_carries_the_policy(seat: Sit, name: str, path: str) -> None:
    headers = seat(name).get(path).headers

    assert headers["content-security-policy"] == POLICY
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("token", ["", "wrong", "é"])
@pytest.mark.parametrize("name", ["", "cert"])
def test_every_form_without_the_token_of_its_session_is_refused_and_protected(
    seat: Sit, path: str, token: str, name: str
) -> None:
    answer = seat(name).request("POST", path, data={"token": token, "values": "x", "stix": "{}"})

    assert answer.status_code == 403
    assert answer.headers["content-security-policy"] == POLICY


def test_a_form_with_the_token_of_another_session_is_refused(seat: Sit) -> None:
    other = seat("cert").token("/lookup")

    assert seat("cert").request("POST", "/lookup", data={"token": other}).status_code == 403


def test_a_form_that_another_site_sends_is_refused(seat: Sit) -> None:
    cert = seat("cert")
    token = cert.token("/lookup")

    answer = cert.request("POST", "/lookup", data={"token": token}, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403


def test_every_form_that_is_sent_carries_a_token(world: World, seat: Sit, green: Label) -> None:
    held = world.indicator("domain-name", "open.example", green)
    cert = seat("cert")
    pages = [cert.get(path).text for path in (f"/objects/{held}", "/lookup", "/operator/preview", "/search")]
    pages.append(seat("").get("/").text)

    forms = [form for page in pages for form in re.findall(r'<form[^>]*method="post".*?</form>', page, re.DOTALL)]

    assert len(forms) >= 12
    assert [form for form in forms if 'name="token"' not in form] == []


def test_a_failure_inside_tells_nothing_but_a_number_and_is_protected(world: World, seat: Sit) -> None:
    cert = seat("cert")
    world.broken = "where the database lies"

    answer = cert.post("/operator/preview", "/lookup", stix="{}")

    assert answer.status_code == 500
    assert answer.headers["content-security-policy"] == POLICY
    assert "where the database lies" not in answer.text


def test_a_form_that_is_too_large_is_not_read(seat: Sit) -> None:
    answer = seat("cert").request("POST", "/lookup", data={"values": "x" * (2 << 20)})

    assert answer.status_code == 413


def test_the_cookie_of_a_session_is_for_this_site_and_not_for_scripts(seat: Sit) -> None:
    cookie = seat("").log_in("cert").headers.get_list("set-cookie")[0]

    assert cookie.startswith("comity_session=")
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()


@pytest.mark.parametrize("name", ["machine", "stranger", "nobody", "cert\0"])
def test_who_is_no_desk_of_this_member_is_refused_like_a_wrong_password(seat: Sit, name: str) -> None:
    answer = seat("").log_in(name)

    assert answer.status_code == 401
    assert "The name or the password is wrong." in answer.text


def test_too_many_wrong_passwords_shut_out_even_the_right_one_for_a_while(seat: Sit, seconds: Seconds) -> None:
    browser = seat("")
    tries = [browser.log_in("cert", "wrong").status_code for _ in range(5)]

    shut = browser.log_in("cert").status_code
    others = seat("").log_in("soc").status_code
    seconds.now += 301
    again = browser.log_in("cert").status_code

    assert tries == [401] * 5
    assert (shut, others, again) == (429, 303, 303)


def test_a_session_ends_with_the_logout(seat: Sit) -> None:
    cert = seat("cert")
    kept = cert.cookies["comity_session"]

    cert.post("/logout", "/search")
    cert.cookies.set("comity_session", kept)

    assert cert.get("/search").headers["location"] == "/?next=/search"


def test_a_session_runs_out_when_it_is_not_used(seat: Sit, seconds: Seconds) -> None:
    cert = seat("cert")

    seconds.now += 30 * 60 + 1

    assert cert.get("/search").status_code == 303


def test_a_session_runs_out_in_the_end_however_much_it_is_used(seat: Sit, seconds: Seconds) -> None:
    cert = seat("cert")

    answers = [_after_minutes(cert, seconds, 29) for _ in range(25)]

    assert answers == [200] * 24 + [303]


def _after_minutes(cert: Seat, seconds: Seconds, minutes: int) -> int:
    seconds.now += minutes * 60
    return cert.get("/lookup").status_code


def test_who_is_not_logged_in_comes_back_to_the_page_asked_for(seat: Sit) -> None:
    browser = seat("")
    sent = browser.get("/search?q=tlp:green").headers["location"]

    answer = browser.post("/login", sent, name="cert", password=PASSWORD, next="/search?q=tlp:green")

    assert 'name="next" value="/search?q=tlp:green"' in seat("").get(sent).text
    assert answer.headers["location"] == "/search?q=tlp:green"


@pytest.mark.parametrize("target", ["https://other.example/", "//other.example/", "/\\other.example", "javascript:x"])
def test_nobody_is_sent_to_another_site(seat: Sit, target: str) -> None:
    answer = seat("").post("/login", "/", name="cert", password=PASSWORD, next=target)

    assert answer.headers["location"] == "/search"


def test_a_program_reads_the_same_pages_with_its_credentials_but_sends_no_forms(
    world: World, seat: Sit, green: Label
) -> None:
    world.indicator("domain-name", "open.example", green)

    token = {"authorization": "Bearer token of cert"}
    read = seat("").request("GET", "/search?format=json", headers=token)
    sent = seat("").request("POST", "/lookup", data={"values": "open.example"}, headers=token)

    assert (read.status_code, read.json()["total"], sent.status_code) == (200, 1, 403)


def test_a_program_without_credentials_is_refused_in_its_format(seat: Sit) -> None:
    answer = seat("").get("/search?format=json")

    assert (answer.status_code, answer.json()["title"]) == (401, "Log in first")


def test_files_are_kept_for_ever_under_names_that_tell_their_content(seat: Sit) -> None:
    browser = seat("")
    found = re.findall(r'(?:href|src)="(/assets/[^"]+)"', browser.get("/").text)

    answers = [browser.get(url) for url in found]

    assert {one.headers["content-type"].partition(";")[0] for one in answers} == {
        "image/svg+xml",
        "text/css",
        "text/javascript",
    }
    assert {one.headers["cache-control"] for one in answers} == {"public, max-age=31536000, immutable"}


def test_no_page_has_a_script_or_a_style_of_its_own(world: World, seat: Sit, green: Label) -> None:
    held = world.indicator("domain-name", "open.example", green)
    cert = seat("cert")

    text = "".join(cert.get(path).text for path in ("/search", f"/objects/{held}", "/lookup", "/operator"))

    assert re.findall(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=", text) == []
