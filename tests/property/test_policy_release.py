"""The rules against an oracle of the scenario format (sections 3 to 5) that shares no code with them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import permutations, product

from comity.domain.desk import Desk, Role
from comity.domain.label import RELEASE_ALL, Form, Kind, Label, Personal
from comity.domain.member import Bloc
from comity.domain.purpose import Purpose
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.policy.bloc import parse_bloc
from comity.policy.evaluate import Engine
from comity.policy.explain import member_outcome
from comity.policy.rules import RuleSet
from hypothesis import given
from hypothesis import strategies as st

CODES = ["QA", "NO", "QC", "QD"]
TIERS = ["C0", "C1", "C2", "C3", "C4"]
TLPS = ["clear", "green", "amber", "amber+strict", "red"]
AUDIENCES = {
    "soc": (1, {"clear", "green"}),
    "cii": (2, {"clear", "green", "amber"}),
    "cert": (3, set(TLPS)),
}
RICHNESS = {"WITHHOLD": 0, "REDACT": 1, "PERMIT": 2}


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """The table as its file has it; tiers are texts."""

    default_ceiling: str
    handling_max_default: str
    owner_ceiling: dict[str, str]
    handling_max: dict[str, str]
    bilateral_c3: list[list[str]]

    def limit(self, owner: str, recipient: str) -> int:
        pairs = [set(pair) for pair in self.bilateral_c3]
        mutual = {owner, recipient} in pairs
        ceiling = "C3" if mutual else self.owner_ceiling.get(owner, self.default_ceiling)
        return min(TIERS.index(ceiling), TIERS.index(self.handling_max.get(recipient, self.handling_max_default)))

    def document(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What the format's rules look at, at one time; ``embargo_rel`` is None outside an embargo."""

    owner: str
    tier: str
    tlp: str
    rel: str | list[str]
    embargo_rel: list[str] | None
    redactable_to: str | None
    victim: bool


def decision(submission: Submission, recipient: str, table: Recognition) -> tuple[str, str | None]:
    """Return effect and reason by section 4, rule by rule."""
    tier, limit = TIERS.index(submission.tier), table.limit(submission.owner, recipient)
    listed = isinstance(submission.rel, list)
    lesser = submission.redactable_to
    table_4 = [
        (submission.tier == "C4", ("WITHHOLD", "tier-sovereign")),
        (
            submission.tlp == "red" and not (listed and recipient in submission.rel),
            ("WITHHOLD", "tlp-red-not-named"),
        ),
        (listed and recipient not in submission.rel, ("WITHHOLD", "not-releasable")),
        (
            submission.embargo_rel is not None and recipient not in submission.embargo_rel,
            ("WITHHOLD", "embargo"),
        ),
        (tier > limit and lesser is not None and TIERS.index(lesser) <= limit, ("REDACT", "tier-downgrade")),
        (tier > limit, ("WITHHOLD", "tier-above-recognition")),
        (submission.victim, ("REDACT", "victim")),
        (True, ("PERMIT", None)),
    ]
    return next(outcome for applies, outcome in table_4 if applies)


def sight(submission: Submission, member: str, audience: str, table: Recognition) -> str:
    """Return what an audience sees by section 5: ``object``, ``derivative`` or ``nothing``."""
    if submission.tier == "C4":
        return "nothing"
    effect, reason = ("PERMIT", None) if member == submission.owner else decision(submission, member, table)
    highest, tlps = AUDIENCES[audience]
    has_object = effect == "PERMIT" or reason == "victim"
    if has_object and TIERS.index(submission.tier) <= highest and submission.tlp in tlps:
        return "object"
    lesser = submission.redactable_to
    if effect == "WITHHOLD" or lesser is None:
        return "nothing"
    return "derivative" if TIERS.index(lesser) <= highest and "amber" in tlps else "nothing"


def labels_of(submission: Submission) -> list[Label]:
    """Return the labels of the submission's forms as its owner's node makes them, richest first."""
    full = Label(
        origin=submission.owner,
        tlp=TLP.parse(submission.tlp),
        tier=Tier[submission.tier],
        kind=Kind.INDICATOR,
        personal=Personal.DIRECT if submission.victim else Personal.NONE,
        releasable=RELEASE_ALL if submission.rel == "ALL" else frozenset(submission.rel),
        embargo_exempt=None if submission.embargo_rel is None else frozenset(submission.embargo_rel),
    )
    labels = [full]
    if submission.victim:
        labels.append(replace(full, personal=Personal.PSEUDONYMOUS, form=Form.PSEUDONYMISED, richer=full))
    if submission.redactable_to is not None:
        last = labels[-1]
        tier = Tier[submission.redactable_to]
        labels.append(replace(last, tlp=TLP.AMBER, tier=tier, form=Form.PSEUDONYMISED, richer=last))
    return labels


def bloc_of(table: Recognition) -> Bloc:
    documents: dict[str, object] = {
        "members.yaml": {"members": {code: {} for code in CODES}},
        "classification.yaml": {"recognition": table.document()},
    }
    return parse_bloc(documents, {})


def engine_of(bloc: Bloc) -> Engine:
    return Engine(RuleSet.compile(bloc.chapters, bloc), bloc)


def subsets(codes: Iterable[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(sorted(codes)), unique=True)


tiers = st.sampled_from(TIERS)
tables = st.builds(
    Recognition,
    default_ceiling=tiers,
    handling_max_default=tiers,
    owner_ceiling=st.dictionaries(st.sampled_from(CODES), tiers),
    handling_max=st.dictionaries(st.sampled_from(CODES), tiers),
    bilateral_c3=st.lists(st.sampled_from([list(pair) for pair in permutations(CODES, 2)]), max_size=4),
)


@st.composite
def submissions(draw: st.DrawFn) -> Submission:
    owner = draw(st.sampled_from(CODES))
    others = set(CODES) - {owner}
    return Submission(
        owner=owner,
        tier=draw(tiers),
        tlp=draw(st.sampled_from(TLPS)),
        rel=draw(st.just("ALL") | subsets(others)),
        embargo_rel=draw(st.none() | subsets(others)),
        redactable_to=draw(st.none() | tiers),
        victim=draw(st.booleans()),
    )


def _well_formed(submission: Submission) -> Submission:
    """Drop an offer that is not lower than the object's own tier, which the format excludes."""
    return (
        submission if (submission.redactable_to or "C0") < submission.tier else replace(submission, redactable_to=None)
    )


batches = st.lists(submissions(), min_size=1, max_size=6)
well_formed_batches = st.lists(submissions().map(_well_formed), min_size=1, max_size=6)


@given(tables, batches)
def test_every_release_decision_is_the_one_of_the_format(table: Recognition, batch: list[Submission]) -> None:
    engine = engine_of(bloc_of(table))
    pairs = [(submission, code) for submission in batch for code in CODES if code != submission.owner]

    outcomes = [member_outcome(engine, labels_of(submission), code) for submission, code in pairs]

    assert [(outcome.effect, outcome.reason) for outcome in outcomes] == [
        decision(submission, code, table) for submission, code in pairs
    ]


@given(tables, well_formed_batches)
def test_every_audience_sees_what_the_format_says(table: Recognition, batch: list[Submission]) -> None:
    engine = engine_of(bloc_of(table))
    viewers = list(product(CODES, AUDIENCES))

    seen = [_seen(engine, submission, viewers) for submission in batch]

    assert seen == [[[sight(submission, code, audience, table)] for code, audience in viewers] for submission in batch]


def _seen(engine: Engine, submission: Submission, viewers: list[tuple[str, str]]) -> list[list[str]]:
    """Return, a viewer, the forms that are served; an object is served in one form only."""
    labels = labels_of(submission)
    desks = [(Desk(code, Role(audience)), Purpose.INCIDENT_RESPONSE) for code, audience in viewers]
    served: list[list[str]] = [[] for _ in viewers]
    for place, label in enumerate(labels):
        is_derivative = submission.redactable_to is not None and place == len(labels) - 1
        for forms, one in zip(served, engine.decide_many(label, desks), strict=True):
            if one.served:
                forms.append("derivative" if is_derivative else "object")
    return [forms or ["nothing"] for forms in served]


@given(tables, submissions(), st.sampled_from(CODES))
def test_a_copy_offered_above_the_objects_own_tier_opens_no_tier_that_is_not_recognised(
    table: Recognition, submission: Submission, recipient: str
) -> None:
    bloc = bloc_of(table)
    copy = labels_of(submission)[-1]

    served = engine_of(bloc).decide(copy, Desk(recipient, Role.CERT), Purpose.INCIDENT_RESPONSE).served

    assert not served or recipient == copy.origin or copy.tier <= bloc.limit(copy.origin, recipient)


@given(tables, batches, st.sampled_from(CODES), st.integers(0, 4))
def test_more_recognition_never_releases_less(
    table: Recognition, batch: list[Submission], recipient: str, raised: int
) -> None:
    bloc = bloc_of(table)
    limits = {pair: max(tier, Tier(raised)) if pair[1] == recipient else tier for pair, tier in bloc.limits.items()}
    before, after = engine_of(bloc), engine_of(replace(bloc, limits=limits))
    others = [submission for submission in batch if submission.owner != recipient]

    changes = [
        (member_outcome(before, labels, recipient), member_outcome(after, labels, recipient))
        for labels in map(labels_of, others)
    ]

    assert all(RICHNESS[earlier.effect] <= RICHNESS[later.effect] for earlier, later in changes)


@given(tables, batches)
def test_a_better_recognised_member_is_withheld_nothing_that_another_is_given(
    table: Recognition, batch: list[Submission]
) -> None:
    engine = engine_of(bloc_of(table))

    violations = [
        (submission, better, worse)
        for submission in batch
        for better, worse in permutations([code for code in CODES if code != submission.owner], 2)
        if table.limit(submission.owner, better) >= table.limit(submission.owner, worse)
        and _alike(submission, better, worse)
        and member_outcome(engine, labels_of(submission), better).effect == "WITHHOLD"
        and member_outcome(engine, labels_of(submission), worse).effect != "WITHHOLD"
    ]

    assert violations == []


def _alike(submission: Submission, one: str, other: str) -> bool:
    lists = (submission.rel, submission.embargo_rel or [])
    return all((one in codes) == (other in codes) for codes in lists)
