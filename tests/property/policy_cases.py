"""Random labels, blocs and rules, out of one source of chance: for laws that compare evaluators."""

from random import Random

from comity.domain.desk import Desk, Role
from comity.domain.label import RELEASE_ALL, Form, Kind, Label, Personal
from comity.domain.member import Bloc
from comity.domain.purpose import Purpose
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.errors import PolicyError
from comity.policy.bloc import parse_bloc
from comity.policy.rules import RuleSet
from comity_schemas.cedar import CHAPTERS

CODES = ("XA", "XB", "XC", "QD")
FORMS = (Form.COUNT, Form.SUMMARY, Form.PSEUDONYMISED, Form.FULL)
SECTORS = ("none", "health", "energy", "здоровье")
STRANGER = "ZZ"
"""A code of no member, which labels may name all the same."""

_LONGS = ("tlp", "tier", "source_tlp", "source_tier", "personal")
_FLAGS = ("release_stated", "release_all", "embargoed", "exercise", "urgent", "approved", "blocked")
_MEMBER_SETS = ("releasable", "withheld", "victims", "exempt")
_TEXTS = {"kind": [kind.value for kind in Kind], "sector": list(SECTORS), "form": [form.word for form in FORMS]}


def bloc(dice: Random) -> Bloc:
    """Return a bloc of four members that recognise each other for anything."""
    tiers = [tier.name for tier in Tier]
    recognition = {
        "default_ceiling": dice.choice(tiers),
        "handling_max_default": dice.choice(tiers),
        "owner_ceiling": {code: dice.choice(tiers) for code in CODES if dice.random() < 0.3},
        "handling_max": {code: dice.choice(tiers) for code in CODES if dice.random() < 0.3},
    }
    documents: dict[str, object] = {
        "members.yaml": {"members": {code: {} for code in CODES}},
        "classification.yaml": {"recognition": recognition},
    }
    return parse_bloc(documents, {})


def label(dice: Random, *, depth: int = 1) -> Label:
    """Return any label, for some with the richer forms it was made from."""
    one = Label(
        origin=dice.choice(CODES),
        tlp=dice.choice(list(TLP)),
        tier=dice.choice(list(Tier)),
        kind=dice.choice(list(Kind)),
        form=dice.choice(FORMS),
        sector=dice.choice(SECTORS),
        personal=dice.choice(list(Personal)),
        purposes=frozenset(purpose for purpose in Purpose if dice.random() < 0.6),
        releasable=dice.choice([None, RELEASE_ALL, codes(dice), codes(dice)]),
        withheld=codes(dice, 0.15),
        named=frozenset(Desk(code, dice.choice(list(Role))) for code in codes(dice, 0.2)),
        victims=codes(dice, 0.3),
        embargo_exempt=dice.choice([None, None, codes(dice)]),
        exercise=dice.random() < 0.3,
        urgent=dice.random() < 0.3,
        approved=dice.random() < 0.5,
        blocked=dice.random() < 0.1,
    )
    if depth < 3 and dice.random() < 0.3:
        richer = label(dice, depth=depth + 1)
        if richer.origin == one.origin and richer.form >= one.form:
            fields = {name: getattr(one, name) for name in one.__dataclass_fields__}
            return Label(**{**fields, "richer": richer})
    return one


def codes(dice: Random, chance: float = 0.4) -> frozenset[str]:
    return frozenset(code for code in (*CODES, STRANGER) if dice.random() < chance)


def ruleset(dice: Random, of: Bloc) -> RuleSet:
    """Return the standard chapters, or none of them, and up to six random rules; those that Cedar refuses are left out.

    Some rules err for some labels: a sum is beyond what a number holds.
    """
    chapters = dict(CHAPTERS) if dice.random() < 0.5 else {}
    kept: list[str] = []
    for number in range(dice.randint(1, 6)):
        text = rule(dice, number)
        try:
            RuleSet.compile({"90-random.cedar": text}, of)
        except PolicyError:
            continue
        kept.append(text)
    return RuleSet.compile({**chapters, "90-random.cedar": "\n".join(kept)}, of)


def rule(dice: Random, number: int) -> str:
    """Return the text of one rule."""
    forbids = dice.random() < 0.4
    head = f'@id("r{number}") @why("w")' + (f' @order("{dice.randint(0, 99)}") @reason("q{number}")' if forbids else "")
    principal = dice.choice(
        ["principal", "principal is Desk", f"principal in {_member(dice)}", f"principal == {_desk(dice)}"]
    )
    form = dice.choice(FORMS).word
    action = dice.choice(
        ["action", f'action in Action::"upto_{form}"', f'action == Action::"{form}"', _over(dice), _over(dice)]
    )
    resource = dice.choice(["resource", f"resource in {_member(dice)}", f"resource is Label in {_member(dice)}"])
    clauses = "".join(
        f" {dice.choice(['when', 'unless'])} {{ {condition(dice, 3)} }}" for _ in range(dice.randint(0, 2))
    )
    return f"{head} {'forbid' if forbids else 'permit'} ({principal}, {action}, {resource}){clauses};"


def condition(dice: Random, depth: int) -> str:
    """Return a condition of at most *depth* levels."""
    if depth and dice.random() < 0.6:
        one, other = condition(dice, depth - 1), condition(dice, depth - 1)
        return dice.choice(
            [
                f"({one} && {other})",
                f"({one} || {other})",
                f"!({one})",
                f"(if {one} then {other} else {condition(dice, depth - 1)})",
            ]
        )
    return dice.choice([_about_numbers, _about_texts, _about_sets, _about_entities, _about_tags])(dice)


def _about_numbers(dice: Random) -> str:
    return f"{_long(dice)} {dice.choice(['<', '<=', '>', '>=', '==', '!='])} {_long(dice)}"


def _long(dice: Random) -> str:
    plain = dice.choice(
        [f"resource.{dice.choice(_LONGS)}", "principal.clearance", "principal.tlp_ceiling", str(dice.randint(-2, 5))]
    )
    more = dice.choice(["9223372036854775806", "2", "-9223372036854775807", "resource.tier"])
    return dice.choice([plain, plain, plain, f"({plain} + {more})", f"({plain} - {more})", f"({plain} * {more})"])


def _about_texts(dice: Random) -> str:
    name = dice.choice(list(_TEXTS))
    return dice.choice(
        [
            f'resource.{name} == "{dice.choice(_TEXTS[name])}"',
            f'["{_TEXTS[name][0]}", "{dice.choice(_TEXTS[name])}"].contains(resource.{name})',
            f'principal.role == "{dice.choice(list(Role))}"',
            f'context.purpose == "{dice.choice(list(Purpose))}"',
            "resource.purposes.contains(context.purpose)",
            f"resource.{dice.choice(_FLAGS)}",
            f"{_member(dice)}.suspended",
            "principal.home.suspended",
        ]
    )


def _about_sets(dice: Random) -> str:
    one, other = dice.sample(_MEMBER_SETS, 2)
    return dice.choice(
        [
            f"resource.{one}.contains(principal.home)",
            f"resource.{one}.contains(resource.origin)",
            f"resource.{one}.containsAll(resource.{other})",
            f"resource.{one}.containsAny(resource.{other})",
            f"resource.{one}.containsAny([{_member(dice)}, principal.home])",
            f"resource.{one} == resource.{other}",
            f"resource.{one} != resource.{other}",
            f"resource.{one}.isEmpty()",
            "resource.named.contains(principal)",
            f"resource.named.contains({_desk(dice)})",
            f"(if resource.urgent then resource.{one} else resource.{other}).contains(principal.home)",
        ]
    )


def _about_entities(dice: Random) -> str:
    return dice.choice(
        [
            "principal.home == resource.origin",
            "principal.home != resource.origin",
            f"principal.home == {_member(dice)}",
            f"principal in {_member(dice)}",
            "principal in resource.releasable",
            f"principal in [{_member(dice)}, resource.origin]",
            f"resource in {_member(dice)}",
            "resource in principal.home",
            "resource.origin in resource.victims",
            f"principal == {_desk(dice)}",
        ]
    )


def _about_tags(dice: Random) -> str:
    owner = dice.choice(["resource.origin", "principal.home", _member(dice)])
    key = dice.choice(["principal.home.code", "resource.origin.code", f'"{dice.choice(CODES)}"'])
    return f"({owner}.hasTag({key}) && {owner}.getTag({key}) >= {_long(dice)})"


def _member(dice: Random) -> str:
    return f'Member::"{dice.choice(CODES)}"'


def _desk(dice: Random) -> str:
    return f'Desk::"{dice.choice(CODES)}/{dice.choice(list(Role))}"'


def _over(dice: Random) -> str:
    return f'action in Action::"over_{dice.choice(FORMS[:-1]).word}"'
