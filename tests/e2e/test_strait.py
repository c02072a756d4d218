"""The strait: what was observed is what was expected, and each desk finds in a real browser what it may see."""

import json
import shutil
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any, Protocol
from urllib.parse import quote

import pytest
from comity.demo.bloc import LocalBloc
from comity.domain.desk import Role
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.e2e.test_scenarios import KEYS
from tests.oracle.differences import differences

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,1000",
)
EXPECTED = files("comity_schemas.scenarios").joinpath("strait", "expected.json")
pytestmark = pytest.mark.e2e


class Played(Protocol):
    """A bloc at the end of a scenario, still running."""

    bloc: LocalBloc
    report: dict[str, Any]


@pytest.fixture
def browser() -> Iterator[Chrome]:
    if not (CHROMIUM and DRIVER):
        pytest.skip("no Chromium with its driver on this machine")
    options = ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=ChromeService(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture
def at(strait: Played, browser: Chrome) -> Callable[[str, Role], str]:
    """Log a desk of a member in through the page, and return the address of its node."""

    def log_in(member: str, role: Role) -> str:
        place = strait.bloc.nodes[member]
        browser.get(f"{place.address}/")
        browser.find_element(By.NAME, "name").send_keys(place.logins[role].name)
        browser.find_element(By.NAME, "password").send_keys(place.logins[role].password)
        browser.find_element(By.CSS_SELECTOR, "main form button").click()
        WebDriverWait(browser, 60).until(lambda page: page.find_elements(By.CLASS_NAME, "seat"))
        return place.address

    return log_in


def test_it_ends_as_expected(strait: Played) -> None:
    assert differences(strait.report, json.loads(EXPECTED.read_text("utf-8")), KEYS) == []


def text_of(browser: Chrome, url: str) -> str:
    browser.get(url)
    text: str = browser.find_element(By.TAG_NAME, "main").text
    return text


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("qr-refund", ("2 objects", "Looks like", "xn--qr-refnd-c6a.example")),
        ("198.51.100.23", ("1 object", "CN", "ID", "VN")),
        ("DROP.LANTERN-SYNC.EXAMPLE.", ("1 object", "ID", "VN")),
        ("198.51.100.200", ("1 object", "revoked", "false-positive")),
        ("claims-desk@insurer.example", ("Nothing that this desk may read matches.",)),
        ("hxxps://QR-Refund[.]example:443/Verify/", ("1 object", "https://qr-refund.example/Verify/")),
        ("mail.harbour-notes.example", ("Nothing that this desk may read matches.",)),
    ],
)
def test_a_community_analyst_finds_what_the_scenario_says(
    browser: Chrome, at: Callable[[str, Role], str], asked: str, found: tuple[str, ...]
) -> None:
    address = at("MY", Role.SOC)
    text = text_of(browser, f"{address}/search?q={quote(asked)}")

    assert [part for part in found if part not in text] == []


def test_an_object_page_tells_sources_and_sightings(browser: Chrome, at: Callable[[str, Role], str]) -> None:
    address = at("MY", Role.SOC)
    browser.get(f"{address}/search?q=198.51.100.23")
    browser.find_element(By.CSS_SELECTOR, "main a[href^='/objects/']").click()
    text = browser.find_element(By.TAG_NAME, "main").text

    assert "The owner released the object to this member." in text
    assert [line for line in text.splitlines() if line.startswith("MY 4 0")]


@pytest.mark.parametrize(
    ("member", "role", "count"), [("SG", Role.CII, 528), ("SG", Role.SOC, 521), ("TL", Role.SOC, 521)]
)
def test_each_desk_finds_its_own_part_of_the_feed(
    browser: Chrome, at: Callable[[str, Role], str], member: str, role: Role, count: int
) -> None:
    address = at(member, role)

    assert f"{count} objects" in text_of(browser, f"{address}/search?q=type:indicator+type:vulnerability+revoked:no")


def test_a_cert_sees_who_receives_an_object_and_who_confirmed_its_recall(
    browser: Chrome, at: Callable[[str, Role], str]
) -> None:
    address = at("PH", Role.CERT)
    overview = text_of(browser, f"{address}/operator")
    withdrawals = text_of(browser, f"{address}/operator/withdrawals")

    assert "in order" in overview
    assert "victim data over-shared" in withdrawals
    assert "TL" in withdrawals


@pytest.mark.parametrize(
    ("member", "address"),
    [("MY", "203.0.113.70"), ("TH", "203.0.113.130"), ("VN", "203.0.113.163"), ("ID", "203.0.113.35")],
)
def test_a_cert_is_told_of_addresses_in_its_own_access_networks(strait: Played, member: str, address: str) -> None:
    with strait.bloc.nodes[member].client(Role.CERT) as client:
        client.post_json("/api/analytics/run", {})
        alerts = client.get_json("/api/analytics/alerts")

    assert [one["value"] for one in alerts if one["asset"] == f"{member}/access networks"] == [address]


def test_a_regulator_reads_a_summary_and_reaches_no_object(browser: Chrome, at: Callable[[str, Role], str]) -> None:
    address = at("MY", Role.REGULATOR)
    summary = text_of(browser, f"{address}/regulator")
    source = browser.page_source

    assert "Cross-border summary, edition 1" in summary
    assert "Cases shared\n10" in summary
    assert "suppressed" in summary
    assert "indicator--" not in source
    assert "incident--" not in source
    assert "objects that this desk" not in text_of(browser, f"{address}/search?q=qr-refund")


def test_no_page_breaks_the_content_security_policy(browser: Chrome, at: Callable[[str, Role], str]) -> None:
    address = at("MY", Role.CERT)
    for path in (
        "/search",
        "/lookup",
        "/infrastructure",
        "/operator",
        "/operator/submissions",
        "/operator/withdrawals",
        "/operator/preview",
        "/operator/duties",
        "/operator/returns",
    ):
        browser.get(f"{address}{path}")

    assert [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []
