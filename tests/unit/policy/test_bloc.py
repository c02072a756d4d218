"""Rules of ``comity.policy.bloc``: scenario format, 3."""

from typing import Any

import pytest
from comity.domain.identity import identity_of
from comity.domain.member import Bloc
from comity.domain.tier import Tier
from comity.errors import PolicyError
from comity.policy.bloc import parse_bloc
from comity_schemas.cedar import CHAPTERS


@pytest.fixture
def classification(documents: dict[str, Any]) -> dict[str, Any]:
    section: dict[str, Any] = documents["classification.yaml"]
    return section


def test_members_keep_the_order_of_the_file(bloc: Bloc) -> None:
    assert list(bloc.members) == ["XA", "XB", "XC", "XD"]


def test_a_member_without_any_profile_is_called_by_its_code(bloc: Bloc) -> None:
    assert [member.name for member in bloc.members.values()] == ["Aria", "XB", "XC", "XD"]


def test_a_member_is_found_by_the_identity_that_every_node_computes(bloc: Bloc) -> None:
    assert bloc.member_of_identity(identity_of("XB")) == "XB"


def test_a_platform_label_goes_before_a_national_one(documents: dict[str, Any], classification: dict[str, Any]) -> None:
    classification["schemes"]["XA"]["labels"].append({"label": "common:C1", "tier": "C4"})

    assert parse_bloc(documents, {}).tier_of("XA", "common:C1") is Tier.C1


@pytest.mark.parametrize(
    ("owner", "label", "tier"),
    [
        ("XA", "GUARDED", Tier.C2),
        ("XB", "GUARDED", Tier.C3),
        ("XA", "запечатано", Tier.C3),
        ("XB", "запечатано", None),
        ("XA", "guarded", None),
        ("XD", "GUARDED", None),
        ("XD", "common:C3", Tier.C3),
    ],
)
def test_a_label_stands_for_its_owners_tier(bloc: Bloc, owner: str, label: str, tier: Tier | None) -> None:
    assert bloc.tier_of(owner, label) is tier


@pytest.mark.parametrize(
    ("owner", "recipient", "limit"),
    [
        ("XA", "XC", Tier.C2),
        ("XA", "XB", Tier.C3),
        ("XB", "XA", Tier.C3),
        ("XC", "XA", Tier.C1),
        ("XA", "XD", Tier.C1),
        ("XC", "XD", Tier.C1),
        ("XD", "XC", Tier.C3),
    ],
)
def test_the_limit_is_the_ceiling_or_bilateral_and_never_above_handling(
    bloc: Bloc, owner: str, recipient: str, limit: Tier
) -> None:
    assert bloc.limit(owner, recipient) is limit


def test_a_bilateral_entry_may_lower_a_ceiling(documents: dict[str, Any], classification: dict[str, Any]) -> None:
    classification["recognition"]["owner_ceiling"]["XA"] = "C4"
    classification["recognition"]["handling_max"]["XB"] = "C4"

    assert parse_bloc(documents, {}).limit("XA", "XB") is Tier.C3


def test_optional_parts_may_be_missing(documents: dict[str, Any]) -> None:
    documents["classification.yaml"] = {"recognition": {"default_ceiling": "C1", "handling_max_default": "C2"}}
    del documents["sectors.yaml"]

    bloc = parse_bloc(documents, {})

    assert (set(bloc.limits.values()), bloc.platform_labels, bloc.sectors) == ({Tier.C1}, {}, ())


def test_sectors_are_the_keys_of_their_file(bloc: Bloc) -> None:
    assert bloc.sectors == ("energy", "health")


def test_the_same_label_may_be_written_twice_with_one_tier(
    documents: dict[str, Any], classification: dict[str, Any]
) -> None:
    classification["schemes"]["XA"]["labels"].append({"label": "GUARDED", "tier": "C2"})

    assert parse_bloc(documents, {}).tier_of("XA", "GUARDED") is Tier.C2


def test_the_standard_chapters_are_always_in_force(documents: dict[str, Any]) -> None:
    bloc = parse_bloc(documents, {"05-own.cedar": "// nothing"})

    assert list(bloc.chapters) == ["00-federation.cedar", "05-own.cedar", "10-baseline.cedar"]


def test_a_profile_may_repeat_a_standard_chapter_unchanged(documents: dict[str, Any]) -> None:
    assert parse_bloc(documents, CHAPTERS).chapters == CHAPTERS


def test_a_profile_cannot_replace_a_standard_chapter(documents: dict[str, Any]) -> None:
    with pytest.raises(PolicyError, match=r"00-federation\.cedar"):
        parse_bloc(documents, {"00-federation.cedar": "// nothing"})


@pytest.mark.parametrize("name", ["members.yaml", "classification.yaml"])
def test_a_missing_file_is_named(documents: dict[str, Any], name: str) -> None:
    del documents[name]

    with pytest.raises(PolicyError, match=name):
        parse_bloc(documents, {})


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (None, "members: None, expected a mapping"),
        ({False: {}}, "members: False, expected text in quotes"),
        ({"*": {}}, r"members: '\*', expected a member code"),
        ({"XA": ["x"]}, "XA: .*expected a mapping"),
        ({"XA": {"name": 7}}, "XA: name 7, expected text"),
    ],
)
def test_an_unusable_member_is_named(documents: dict[str, Any], members: object, message: str) -> None:
    documents["members.yaml"] = {"members": members}

    with pytest.raises(PolicyError, match=rf"members\.yaml: {message}"):
        parse_bloc(documents, {})


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("GUARDED", "labels 'GUARDED', expected a list"),
        (["GUARDED"], "'GUARDED', expected a mapping"),
        ([{"label": 2, "tier": "C2"}], "label 2, expected text in quotes"),
        ([{"label": "A", "tier": "C9"}], "'A': unknown tier 'C9'"),
        ([{"label": "A"}], "'A': unknown tier 'None'"),
        ([{"label": "A", "tier": "C1"}, {"label": "A", "tier": "C2"}], "'A' stands for C1 and for C2"),
    ],
)
def test_an_unusable_scheme_is_named(
    documents: dict[str, Any], classification: dict[str, Any], labels: object, message: str
) -> None:
    classification["schemes"]["XB"] = {"labels": labels}

    with pytest.raises(PolicyError, match=rf"classification\.yaml: schemes: XB.*{message}"):
        parse_bloc(documents, {})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("default_ceiling", None, "unknown tier 'None'"),
        ("handling_max_default", 2, "unknown tier '2'"),
        ("owner_ceiling", {"XE": "C1"}, "'XE', expected a code of"),
        ("owner_ceiling", ["XA"], "expected a mapping"),
        ("handling_max", {"XA": "high"}, "'XA': unknown tier 'high'"),
        ("bilateral_c3", "XA", "expected a list of pairs"),
        ("bilateral_c3", [["XA"]], "expected a pair"),
        ("bilateral_c3", ["XA"], "expected a pair"),
        ("bilateral_c3", [["XA", False]], "expected a pair"),
        ("bilateral_c3", [["XA", "XE"]], "'XE', expected a code of"),
    ],
)
def test_an_unusable_recognition_entry_is_named(
    documents: dict[str, Any], classification: dict[str, Any], name: str, value: object, message: str
) -> None:
    classification["recognition"][name] = value

    with pytest.raises(PolicyError, match=rf"classification\.yaml: recognition: {name}.*{message}"):
        parse_bloc(documents, {})


def test_a_classification_without_recognition_is_refused(
    documents: dict[str, Any], classification: dict[str, Any]
) -> None:
    del classification["recognition"]

    with pytest.raises(PolicyError, match="recognition"):
        parse_bloc(documents, {})
