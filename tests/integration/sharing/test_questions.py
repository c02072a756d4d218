"""Private questions: answered right, without the value in any request, and without a word about who."""

import json
from base64 import b64decode, b64encode
from typing import Any

import pytest
from comity.cli.main import app
from comity.dedup.canonical import Observable
from comity.domain.label import RELEASE_ALL, Kind, Label
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.errors import SyncError
from comity.federation.questions import may_be_told
from comity.gateway.questions import TAG_BYTES
from comity.node.questions import Known, ask
from comity.transport.client import ServiceClient
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner
from voprf.ristretto import BlindedInput, Evaluator

from tests.integration.sharing.forging import answer_to, label_of
from tests.integration.sharing.objects import indicator
from tests.integration.sharing.services import Bloc


def question(value: str) -> Observable:
    return Observable(kind="domain", value=value)


def share(bloc: Bloc, member: str, value: str, **label: Any) -> None:
    """Let a member release an indicator of a value at the federation."""
    status = answer_to(bloc, member, indicator(member, value), label=label_of(member, **label))
    assert status["failure_count"] == 0


def next_hour(bloc: Bloc) -> None:
    """Let the federation make its table anew."""
    bloc.hub.running.questions._epoch = None


def asked(bloc: Bloc, member: str, *values: str) -> list[Known]:
    with bloc.hub.client(member) as client:
        return ask(client, [question(value) for value in values])


class Overheard(ServiceClient):
    """A connection on which everything is written down."""

    said: list[str]

    def post_json(self, path: str, body: object) -> Any:
        answer = super().post_json(path, body)
        self.said.append(json.dumps([path, body, answer]))
        return answer


def test_what_another_member_shared_is_known_and_nothing_else(bloc: Bloc) -> None:
    share(bloc, "XA", "asked-about.example")
    share(bloc, "XA", "not-for-the-asker.example", releasable=frozenset({"NO"}))
    next_hour(bloc)
    answers = asked(bloc, "XB", "asked-about.example", "never-heard-of.example", "not-for-the-asker.example")

    assert answers == [Known.FEW, Known.UNKNOWN, Known.FEW]
    assert asked(bloc, "XA", "asked-about.example") == [Known.UNKNOWN]


def test_several_are_told_from_three_others_up(fresh: Bloc) -> None:
    hub = fresh.hub.running
    from comity.app.federation_service import admit  # noqa: PLC0415

    (fresh.hub.folder / "XC.json").write_text(json.dumps(admit(hub, "XC")))
    for count, member in enumerate(("XA", "XB", "NO")):
        share(fresh, member, "seen-by-many.example")
        next_hour(fresh)
        assert asked(fresh, "XC", "seen-by-many.example") == [Known.SEVERAL if count == 2 else Known.FEW]
    assert asked(fresh, "XA", "seen-by-many.example") == [Known.FEW]


def test_the_federation_is_sent_nothing_that_tells_the_value(bloc: Bloc) -> None:
    share(bloc, "XA", "overheard.example")
    next_hour(bloc)
    said = []
    for _ in range(2):
        with Overheard(bloc.hub.listener.address, token=bloc.hub.admission("XB")["token"]) as client:
            client.said = []
            assert ask(client, [question("overheard.example")]) == [Known.FEW]
            said.append(client.said[0])

    assert "overheard" not in said[0]
    assert json.loads(said[0])[1] != json.loads(said[1])[1]


def test_the_answer_names_nobody_and_its_size_tells_little(bloc: Bloc) -> None:
    next_hour(bloc)
    with Overheard(bloc.hub.listener.address, token=bloc.hub.admission("XB")["token"]) as client:
        client.said = []
        ask(client, [question("anything.example")])
    told = json.loads(client.said[0])[2]

    assert set(told) == {"epoch", "key", "evaluated", "few", "several"}
    assert [len(b64decode(told[name])) % (256 * TAG_BYTES) for name in ("few", "several")] == [0, 0]
    assert len(b64decode(told["several"])) > 0


def test_an_evaluation_under_another_key_is_noticed(bloc: Bloc) -> None:
    class Bent(ServiceClient):
        def post_json(self, path: str, body: object) -> Any:
            answer = super().post_json(path, body)
            blinded = [BlindedInput.deserialize(b64decode(each)) for each in body["blinded"]]  # type: ignore[index]
            other = Evaluator(b"another key of thirty-two bytes!")
            return {**answer, "evaluated": [b64encode(other.evaluate(each).serialize()).decode() for each in blinded]}

    bent = Bent(bloc.hub.listener.address, token=bloc.hub.admission("XB")["token"])
    with bent, pytest.raises(SyncError, match="does not hold"):
        ask(bent, [question("bent.example")])


@given(st.binary(max_size=140) | st.binary(min_size=96, max_size=96), st.binary(max_size=40))
def test_no_answer_makes_the_asking_fail_in_another_way(evaluated: bytes, key: bytes) -> None:
    class Garbled(ServiceClient):
        def post_json(self, path: str, body: object) -> Any:
            del path, body
            texts = [b64encode(each).decode() for each in (evaluated, key)]
            return {"epoch": 1, "evaluated": [texts[0]], "key": texts[1], "few": "", "several": ""}

    with Garbled("http://127.0.0.1:1") as client, pytest.raises(SyncError):
        ask(client, [question("garbled.example")])


def test_the_rate_of_asking_is_limited_and_in_the_ledger(fresh: Bloc) -> None:
    fresh.hub.running.questions.per_day = 3
    asked(fresh, "XB", "one.example", "two.example")
    with pytest.raises(SyncError, match="may ask about 3 values a day"):
        asked(fresh, "XB", "three.example", "four.example")
    asked(fresh, "XB", "three.example")
    with pytest.raises(SyncError):
        asked(fresh, "XB", "four.example")
    hub = fresh.hub.running.federation
    told = [one.told for one in hub.ledger.openings(hub.store.read(), "XB", limit=100)]

    assert [one["count"] for one in told if one["kind"] == "questions"] == [2, 1]
    assert asked(fresh, "NO", "five.example") == [Known.UNKNOWN]


@pytest.mark.parametrize("blinded", [[], ["AAAA"], ["no base64"], ["A" * 44] * 33, 7])
def test_what_is_no_question_is_refused(bloc: Bloc, blinded: object) -> None:
    with bloc.hub.client("XB") as client, pytest.raises(SyncError, match="status 4"):
        client.post_json("/api/questions", {"blinded": blinded})


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, True),
        ({"tlp": TLP.AMBER_STRICT}, False),
        ({"tlp": TLP.RED}, False),
        ({"tier": Tier.C3}, False),
        ({"embargo_exempt": frozenset()}, False),
        ({"exercise": True}, False),
        ({"blocked": True}, False),
    ],
)
def test_of_what_is_sensitive_not_even_the_existence_is_told(values: dict[str, Any], told: bool) -> None:
    usual: dict[str, Any] = {"tlp": TLP.GREEN, "tier": Tier.C1, "kind": Kind.INDICATOR, "releasable": RELEASE_ALL}

    assert may_be_told(Label(origin="XA", **{**usual, **values})) is told


def test_the_command_asks_about_a_value_as_it_is_found(bloc: Bloc) -> None:
    share(bloc, "XA", "by-command-asked.example")
    next_hour(bloc)
    found = CliRunner().invoke(app, ["ask", str(bloc["XB"].folder), "by-command-asked[.]example"])
    nothing = CliRunner().invoke(app, ["ask", str(bloc["XB"].folder), "?"])

    assert found.output == "by-command-asked[.]example: known\n"
    assert nothing.exit_code == 1
