"""A regulator reads editions and its own member's counts; no route of the role returns an id or a value."""

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from comity.domain.label import Label
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.oversight.edition import Signed, public_key, rows_of, verify
from comity.oversight.returns import encode_return
from comity.policy.evaluate import Engine
from comity.store import oversight
from comity.store.oversight import EditionRow, ReturnRow

from tests.integration.portal.conftest import Seat, World
from tests.integration.portal.editions import CLASSES, DAY, KEY, ROWS, edition_row, member_return

Sit = Callable[[str], Seat]
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@pytest.fixture
def filled(world: World, green: Label) -> dict[str, str]:
    amber = replace(green, tlp=TLP.AMBER, tier=Tier.C2)
    indicator = world.indicator("domain-name", "victim-portal.example", green, name="Pale Lantern")
    incident = world.incident("K1", amber, aware="2027-01-20T05:00:00Z", sector="energy", rsit="availability/ddos")
    return {"indicator": indicator, "incident": incident}


@pytest.fixture(scope="session")
def row(engine: Engine) -> EditionRow:
    return edition_row(engine.bloc)


@pytest.fixture
def published(world: World, row: EditionRow) -> EditionRow:
    world.publish(row)
    own = encode_return(member_return("XA", dict(zip(CLASSES, ROWS["XA"], strict=True))))
    with world.store.write() as connection:
        oversight.put_return(connection, ReturnRow(member="XA", start=0, end=DAY, body=own, received=DAY))
    return row


def test_every_format_has_the_same_numbers(seat: Sit, published: EditionRow) -> None:
    desk = seat("regulator")
    document = desk.get("/regulator?format=json").content
    flat = rows_of(Signed(body=document, signature=b"").edition)
    page = desk.get("/regulator").text
    table = list(csv.reader(io.StringIO(desk.get("/regulator?format=csv").content.decode("utf-8-sig"))))
    pdf = desk.get("/regulator?format=pdf")

    assert [[str(cell) for cell in line] for line in flat] == table[1:]
    assert [word for line in flat for word in (line[1], str(line[5])) if word not in page] == []
    assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")


def test_the_json_is_what_was_signed_byte_for_byte(seat: Sit, published: EditionRow) -> None:
    answer = seat("regulator").get("/regulator?format=json")
    signature = bytes.fromhex(answer.headers["comity-edition-signature"])
    edition = verify(Signed(body=answer.content, signature=signature), public_key(KEY), number=1, previous="")

    assert edition.number == 1


def test_what_is_small_is_on_no_page(seat: Sit, published: EditionRow) -> None:
    document = json.loads(seat("regulator").get("/regulator?format=json").content)
    sheets = {sheet["id"]: sheet for section in document["sections"] for sheet in section["sheets"]}
    rows = {
        row["name"]: dict(zip(sheets["cases"]["header"][1:], row["cells"], strict=True))
        for row in sheets["cases"]["rows"]
    }

    assert rows["XA"]["intrusions"] == "suppressed"
    assert rows["XC"]["availability"] == "suppressed"
    assert rows["XD"]["availability"] == 0
    assert sum(cell == "suppressed" for row in rows.values() for cell in row.values()) > 2


def test_before_the_first_edition_the_page_says_so(seat: Sit) -> None:
    assert "There is no edition yet" in seat("regulator").get("/regulator").text
    assert seat("regulator").get("/regulator?format=json").json() is None


@pytest.mark.parametrize("wanted", ["0", "2", "-1", "x", "9" * 30])
def test_an_edition_that_is_not_there_is_not_found(seat: Sit, published: EditionRow, wanted: str) -> None:
    assert seat("regulator").get(f"/regulator?edition={wanted}").status_code == 404


def test_an_earlier_edition_can_be_read(seat: Sit, world: World, published: EditionRow, engine: Engine) -> None:
    world.publish(edition_row(engine.bloc, number=2, previous=published.digest))
    desk = seat("regulator")

    assert "edition 2" in desk.get("/regulator").text
    assert "edition 1" in desk.get("/regulator?edition=1").text


def test_the_own_member_is_told_exactly(seat: Sit, published: EditionRow) -> None:
    own = seat("regulator").get("/regulator/own?format=json").json()

    assert own["tables"]["Ordinary cases by class"] == dict(zip(CLASSES, ROWS["XA"], strict=True))
    assert own["figures"]["Taken, object and member"] == 7
    assert own["duties"] == {"Network Act": {"met": 2, "late": 1}}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/regulator",
        "/regulator?format=json",
        "/regulator?format=csv",
        "/regulator?edition=1&format=html",
        "/regulator?edition=victim-portal.example",
        "/regulator/own",
        "/regulator/own?format=json",
        "/regulator/own?format=csv",
        "/search",
        "/search?q=victim-portal.example",
        "/search?format=json",
        "/search?format=csv",
        "/objects/{indicator}",
        "/objects/{indicator}?format=json",
        "/objects/{incident}",
        "/lookup",
        "/lookup?values=victim-portal.example&format=json",
        "/infrastructure",
        "/infrastructure?format=json",
        "/operator",
        "/operator?format=csv",
        "/operator/submissions",
        "/operator/submissions/{indicator}",
        "/operator/withdrawals",
        "/operator/preview",
        "/operator/duties",
        "/operator/duties?format=json",
        "/operator/returns",
        "/operator/hunt",
        "/operator/hunt?format=json",
    ],
)
def test_no_address_gives_a_regulator_an_id_or_a_value(
    seat: Sit, filled: dict[str, str], published: EditionRow, path: str
) -> None:
    text = seat("regulator").get(path.format(**filled)).text

    assert UUID.findall(text) == []
    assert [each for each in ("victim-portal", "Lantern", "case of K1") if each in text] == []


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/lookup", {"values": "victim-portal.example"}),
        ("/lookup?format=json", {"values": "victim-portal.example"}),
        ("/objects/{indicator}/sight", {"verdict": "sighted"}),
        ("/operator/preview", {"stix": "{}"}),
        ("/operator/submissions/{indicator}/recall", {"reason": "because"}),
        ("/operator/duties", {"object_id": "{incident}", "duty": "xa-net"}),
        ("/operator/hunt", {"what": "new"}),
        ("/operator/hunt/telemetry", {"name": "eve.json", "format": "eve"}),
        ("/operator/returns", {"from": "2027-01-01", "to": "2027-02-01"}),
    ],
)
def test_no_form_gives_a_regulator_anything(
    seat: Sit, filled: dict[str, str], path: str, fields: dict[str, str]
) -> None:
    answer = seat("regulator").post(path.format(**filled), "/regulator", **fields)

    assert answer.status_code == 404
    assert UUID.findall(answer.text) == []


def test_a_regulator_begins_with_the_purpose_of_oversight(seat: Sit, filled: dict[str, str]) -> None:
    assert "Read for: regulatory oversight" in seat("regulator").get("/regulator").text
