"""The profiles that come with Comity."""

from importlib.resources import files
from itertools import chain, permutations

import pytest
import yaml
from comity.domain.desk import Desk, Role
from comity.domain.label import Form, Kind, Label
from comity.domain.member import Bloc
from comity.domain.purpose import Purpose
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.policy.bloc import CLASSIFICATION, MEMBERS, SECTORS, parse_bloc
from comity.policy.evaluate import Engine
from comity.policy.rules import RuleSet

PROFILES = ["asean-china", "five"]


def _profile(name: str) -> Bloc:
    folder = files("comity_schemas.profiles").joinpath(name)
    documents = {
        file: yaml.safe_load(folder.joinpath(file).read_text("utf-8")) for file in (CLASSIFICATION, MEMBERS, SECTORS)
    }
    own = folder.joinpath("chapters")
    chapters = own.iterdir() if own.is_dir() else iter(())
    return parse_bloc(documents, {chapter.name: chapter.read_text("utf-8") for chapter in chapters})


@pytest.fixture
def five() -> Engine:
    bloc = _profile("five")
    return Engine(RuleSet.compile(bloc.chapters, bloc), bloc)


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_compiles_with_its_own_chapters(name: str) -> None:
    bloc = _profile(name)

    assert RuleSet.compile(bloc.chapters, bloc).rules


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_has_a_limit_for_every_pair(name: str) -> None:
    bloc = _profile(name)

    assert set(bloc.limits) == set(permutations(bloc.members, 2))


@pytest.mark.parametrize(("name", "members", "sectors"), [("asean-china", 12, 16), ("five", 5, 5)])
def test_a_profile_has_all_its_members_and_sectors(name: str, members: int, sectors: int) -> None:
    bloc = _profile(name)

    assert (len(bloc.members), len(bloc.sectors)) == (members, sectors)


@pytest.mark.parametrize(
    ("owner", "recipient", "limit"),
    [("XA", "XB", Tier.C3), ("XA", "XD", Tier.C1), ("XC", "NO", Tier.C3), ("XC", "XA", Tier.C1), ("NO", "XB", Tier.C3)],
)
def test_the_fictional_bloc_recognises_unevenly(five: Engine, owner: str, recipient: str, limit: Tier) -> None:
    assert five.bloc.limit(owner, recipient) is limit


def test_labels_in_another_script_stand_for_tiers(five: Engine) -> None:
    assert five.bloc.tier_of("XB", "ευαίσθητο") is Tier.C3


def test_the_national_chapter_opens_its_own_urgent_warnings_without_detail(five: Engine) -> None:
    urgent = Label(origin="XB", tlp=TLP.AMBER, tier=Tier.C2, kind=Kind.INDICATOR, urgent=True)

    decision = five.decide(urgent, Desk("XA", Role.CERT), Purpose.INCIDENT_RESPONSE)

    assert (decision.form, decision.served) == (Form.PSEUDONYMISED, False)


@pytest.mark.parametrize(("origin", "served"), [("XB", False), ("XA", True)])
def test_the_national_chapter_binds_its_own_data_only(five: Engine, origin: str, served: bool) -> None:
    health = Label(origin=origin, tlp=TLP.GREEN, tier=Tier.C1, sector="health")

    assert five.decide(health, Desk("NO", Role.SOC), Purpose.INCIDENT_RESPONSE).served is served


def test_no_rule_of_a_member_is_in_another_members_chapter(five: Engine) -> None:
    assert {rule.chapter for rule in five.ruleset.rules.values() if rule.id.startswith("xb-")} == {"member-XB.cedar"}


def test_profiles_share_no_member() -> None:
    codes = list(chain.from_iterable(_profile(name).members for name in PROFILES))

    assert len(codes) == len(set(codes))
