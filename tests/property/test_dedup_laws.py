"""Laws of canonical values, patterns and fingerprints; the OASIS validator and matcher are the second opinion."""

from contextlib import suppress

from comity.dedup.canonical import KINDS, Observable, observable_of
from comity.dedup.fingerprint import fingerprint_of, fingerprint_of_pattern, keyed
from comity.dedup.pattern_normal import normal_form
from comity.dedup.patterns import check_pattern, observable_in, pattern_for
from comity.errors import InvalidObjectError
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from stix2matcher.matcher import match
from stix2patterns.v21.pattern import Pattern

LABELS = st.text("aZ09-_üÜßé\u0308例ーς｡Ａ", min_size=1, max_size=8) | st.sampled_from(
    ["xn--bcher-kva", "XN--FA-HIA", "com"]
)
HOSTS = st.lists(LABELS, min_size=1, max_size=4).map(".".join) | st.ip_addresses(v=4).map(str)
PATHS = st.text("aZ./.%2?#ü&=~:@[]", max_size=20)
URLS = st.builds(
    "{}://{}{}/{}".format,
    st.sampled_from(["http", "HTTPS", "hxxp", "ftp"]),
    HOSTS,
    st.sampled_from(["", ":80", ":8"]),
    PATHS,
)
ADDRESSES = st.builds("{}{}".format, st.ip_addresses(), st.sampled_from(["", "/32", "/128", "/0", "/24"]))
FILES = st.text("a/\\.: '[]", max_size=12) | st.text(max_size=20)
HASHES = st.integers(32, 129).flatmap(lambda size: st.text("aF0", min_size=size, max_size=size))
RAWS = st.one_of(
    HOSTS, URLS, ADDRESSES, FILES, HASHES, st.builds("{}@{}".format, st.text("aZ+.\"' @", max_size=6), HOSTS)
)
KINDS_IN_ORDER = sorted(KINDS)


@st.composite
def observables(draw: st.DrawFn) -> Observable:
    raw = draw(RAWS)
    found = None
    for kind in draw(st.permutations(KINDS_IN_ORDER)):
        with suppress(InvalidObjectError):
            found = found or observable_of(kind, raw)
    assume(found is not None)
    assert found is not None
    return found


@given(observables())
def test_a_canonical_value_is_its_own_canonical_value(observable: Observable) -> None:
    assert observable_of(observable.kind, observable.value) == observable


@given(observables())
def test_an_observable_comes_back_out_of_its_pattern(observable: Observable) -> None:
    assume(observable.kind != "vulnerability")
    pattern = pattern_for(observable)
    Pattern(pattern)
    check_pattern(pattern)

    assert observable_in(pattern) == observable
    assert fingerprint_of_pattern(pattern) == fingerprint_of(observable)


@given(FILES)
@example("/")
@example("C:\\")
@example("a\\b/c")
@example("\\\\host\\share\\x")
def test_any_path_comes_back_out_of_its_pattern(path: str) -> None:
    assume(path.strip())
    observable = observable_of("file:path", path)

    assert observable_in(pattern_for(observable)) == observable


@given(observables(), observables())
def test_two_observables_have_one_fingerprint_only_when_they_are_one(first: Observable, second: Observable) -> None:
    assert (fingerprint_of(first) == fingerprint_of(second)) == (first == second)


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=40), st.binary(min_size=16, max_size=40))
def test_two_keys_make_two_fingerprints(fingerprint: bytes, first: bytes, second: bytes) -> None:
    padded = first.ljust(64, b"\0") == second.ljust(64, b"\0")

    assert (keyed(fingerprint, first) == keyed(fingerprint, second)) == padded


LITERALS = st.sampled_from(
    ["'alice'", "'bob'", "'B%'", "'a_ice'", "1", "1.0", "+2", "-0", "3", "'10.0.0.0/8'", "'10.1.2.3'", "h'00'"]
)
SETS = st.sampled_from(["()", "('alice')", "('bob', 'alice')", "('bob', 'bob')", "(1)", "(1, 2, 3)", "(3, 1)"])
STRINGS = st.sampled_from(["'alice'", "'bob'", "'%'", "'^a'"])
NETWORKS = st.sampled_from(["'10.0.0.0/8'", "'192.0.2.0/24'"])
NOT = st.sampled_from(["", "", "NOT "])
NAMES = st.sampled_from(
    ["person:name", "person:age", "person:'name'", "person:tags[*]", "person:tags[0]", "ipv4-addr:value"]
)
TESTS = st.one_of(
    st.builds("{} {}{} {}".format, NAMES, NOT, st.sampled_from(["=", "==", "!=", "<>"]), LITERALS),
    st.builds("{} {}{} {}".format, NAMES, NOT, st.sampled_from(["<", "<=", ">", ">="]), LITERALS),
    st.builds("{} {}IN {}".format, NAMES, NOT, SETS),
    st.builds("{} {}{} {}".format, NAMES, NOT, st.sampled_from(["LIKE", "MATCHES"]), STRINGS),
    st.builds("ipv4-addr:value {}ISSUBSET {}".format, NOT, NETWORKS),
)
SPAN = "START t'2020-01-01T00:00:00Z' STOP t'2020-01-01T00:00:02.50Z'"
QUALIFIERS = st.sampled_from(
    ["", "", "REPEATS 1 TIMES", "REPEATS 2 TIMES", "WITHIN 5 SECONDS", "WITHIN 5.0 SECONDS", SPAN]
)


def grown(inner: st.SearchStrategy[str], words: list[str]) -> st.SearchStrategy[str]:
    pairs = st.builds("{} {} {}".format, inner, st.sampled_from(words), inner)
    return st.one_of(pairs, pairs.map("({})".format))


COMPARISONS = st.recursive(TESTS, lambda inner: grown(inner, ["AND", "OR"]), max_leaves=5)
OBSERVATIONS = st.builds("[{}] {}".format, COMPARISONS, QUALIFIERS)
PATTERNS = st.recursive(
    OBSERVATIONS,
    lambda inner: st.one_of(
        grown(inner, ["AND", "OR", "OR", "FOLLOWEDBY"]), st.builds("({}) {}".format, inner, QUALIFIERS)
    ),
    max_leaves=4,
)


@st.composite
def bundles(draw: st.DrawFn) -> list[dict[str, object]]:
    """Return a bundle with up to four observations of persons and addresses, a second apart."""
    objects: list[dict[str, object]] = []
    for second in range(draw(st.integers(1, 4))):
        things: list[dict[str, object]] = [
            {
                "type": "person",
                "id": f"person--00000000-0000-4000-8000-00000000000{second}",
                "tags": draw(TAGS),
                **draw(PERSONS),
            },
            {"type": "ipv4-addr", "id": f"ipv4-addr--00000000-0000-4000-8000-00000000000{second}", "value": "10.1.2.3"},
        ]
        moment = f"2020-01-01T00:00:0{second}Z"
        objects.append(
            {
                "type": "observed-data",
                "spec_version": "2.1",
                "id": f"observed-data--00000000-0000-4000-8000-00000000000{second}",
                "number_observed": draw(st.integers(1, 2)),
                "first_observed": moment,
                "last_observed": moment,
                "object_refs": [thing["id"] for thing in things],
            }
        )
        objects.extend(things)
    return [{"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000000", "objects": objects}]


TAGS = st.lists(st.sampled_from(["alice", "bob", 1, 2]), min_size=1, max_size=2)
PERSONS = st.fixed_dictionaries({}, optional={"name": st.sampled_from(["alice", "bob"]), "age": st.integers(0, 3)})


@settings(deadline=None, max_examples=100)
@given(PATTERNS, st.lists(bundles(), min_size=1, max_size=2))
def test_a_pattern_and_its_normal_form_match_the_same_observations(pattern: str, seen: list[list[object]]) -> None:
    form = normal_form(pattern)
    assume(form.complete and len(form.text) < 4000)

    assert [bool(match(form.text, bundle, stix_version="2.1")) for bundle in seen] == [
        bool(match(pattern, bundle, stix_version="2.1")) for bundle in seen
    ]


@settings(deadline=None)
@given(PATTERNS)
def test_a_normal_form_is_its_own_normal_form(pattern: str) -> None:
    form = normal_form(pattern)
    assume(form.complete and len(form.text) < 4000)

    assert normal_form(form.text) == form
