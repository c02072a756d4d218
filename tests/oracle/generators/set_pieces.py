"""The situations that every random scenario holds, because they are easy to get wrong."""

from collections.abc import Callable, Iterator, Sequence

from tests.oracle.canonical import ADVISORY
from tests.oracle.clock import DAY, minute, text_of
from tests.oracle.generators.handling import embargo, lower_tier, withdrawal
from tests.oracle.generators.spellings import Observable
from tests.oracle.generators.stage import Entry, Stage
from tests.oracle.generators.submissions import ADVISORIES, VULNERABILITY, submit
from tests.oracle.profile import TIERS

Entries = Iterator[Entry | None]
Piece = Callable[[Stage, Observable], Entries]


def set_pieces(stage: Stage, story: Sequence[Observable]) -> list[Entry]:
    """Return the submissions of all set pieces, each about an observable out of *story*."""
    entries = (entry for piece in PIECES for entry in piece(stage, stage.rng.choice(list(story))))
    return [entry for entry in entries if entry is not None]


def _cast(stage: Stage, size: int) -> list[str]:
    """Return members in a random order, one again if there are too few."""
    shuffled = stage.rng.sample(list(stage.members), k=len(stage.members))
    return (shuffled * size)[:size]


def same_observable(stage: Stage, subject: Observable) -> Entries:
    """Several members report one observable under policies of their own, one of them twice."""
    one, two, three = _cast(stage, 3)
    for owner in (one, two, three, one):
        yield submit(stage, owner, subject)


def victims(stage: Stage, subject: Observable) -> Entries:
    """A victim's observable is also reported by others, and without being one."""
    one, two, three = _cast(stage, 3)
    tier = stage.rng.choice(TIERS[1:4])
    label, derivative = stage.label(one, tier), lower_tier(stage, tier)
    yield submit(stage, one, subject, label=label, tlp="amber", victim=True, redactable_to=derivative)
    yield submit(stage, two, subject, label=stage.label(two, "C2"), tlp="clear", victim=True)
    yield submit(stage, three, subject)


def reds(stage: Stage, subject: Observable) -> Entries:
    """TLP red with somebody, everybody and nobody in the release list."""
    one, two = _cast(stage, 2)
    named = [stage.rng.choice(stage.others(one))]
    yield submit(stage, one, subject, label=stage.label(one, "C2"), tlp="red", rel=named)
    yield submit(stage, two, subject, tlp="red", rel="ALL")
    yield submit(stage, one, subject, tlp="red", rel=[])


def sovereigns(stage: Stage, subject: Observable) -> Entries:
    """A sovereign object that seems released to all, beside one of the same value that is."""
    one, two = _cast(stage, 2)
    yield submit(stage, one, subject, label=stage.label(one, "C4"), tlp="clear", rel="ALL")
    yield submit(stage, one, subject, label=stage.label(one, "C4"), tlp="red", rel=stage.others(one))
    yield submit(stage, two, subject)


def embargoes(stage: Stage, subject: Observable) -> Entries:
    """Embargoes that outlast the exercise, that let nobody in, and that end at once."""
    one, two, three = _cast(stage, 3)
    late = text_of(stage.end + stage.rng.randint(1, DAY))
    yield submit(stage, one, subject, embargo_until=late, embargo_rel=stage.some(stage.others(one)))
    yield submit(stage, two, subject, embargo_until=text_of(stage.moment(0, stage.end)), embargo_rel=[])
    at_once = submit(stage, three, subject)
    yield at_once and at_once | {"embargo_until": at_once["t"], "embargo_rel": []}


def withdrawn_in_embargo(stage: Stage, subject: Observable) -> Entries:
    """An object is recalled or revoked before its embargo ends."""
    for verb in ("recalled", "revoked"):
        owner = stage.rng.choice(list(stage.members))
        entry = submit(stage, owner, subject)
        if entry is not None:
            at = stage.moment(minute(entry["t"]), stage.end)
            entry |= embargo(stage, owner, entry["rel"], at + 1) | withdrawal(stage, verb, at)
        yield entry


def withdrawn_at_once(stage: Stage, subject: Observable) -> Entries:
    """An object is recalled or revoked in the minute in which it is submitted."""
    for verb in ("recalled", "revoked"):
        entry = submit(stage, stage.rng.choice(list(stage.members)), subject)
        yield entry and entry | withdrawal(stage, verb, minute(entry["t"]))


def withdrawn_while_offline(stage: Stage, subject: Observable) -> Entries:
    """An object is withdrawn while its owner, or a recipient, is offline."""
    for verb in ("recalled", "revoked"):
        for absent in stage.connectivity:
            owner = stage.rng.choice((absent, stage.rng.choice(list(stage.members))))
            entry = submit(stage, owner, subject, label=stage.label(owner, "C0"), tlp="clear")
            at = None if entry is None else stage.offline_moment(absent, minute(entry["t"]))
            if entry is not None and at is not None:
                yield entry | withdrawal(stage, verb, at)
                break


def replaced(stage: Stage, subject: Observable) -> Entries:
    """A recalled object gives way to a later one of the same value, released to one member only."""
    owner = stage.rng.choice(list(stage.members))
    entry = submit(stage, owner, subject)
    if entry is None:
        return
    at = stage.moment(minute(entry["t"]), stage.end)
    named = [stage.rng.choice(stage.others(owner))]
    later = submit(stage, owner, subject, at, label=stage.label(owner, "C2"), tlp="amber", rel=named)
    yield entry | withdrawal(stage, "recalled", at) | ({} if later is None else {"replaced_by": later["id"]})
    yield later


def vulnerability(stage: Stage, _subject: Observable) -> Entries:
    """One member reports the vulnerability under an embargo, another may without one."""
    one, two = _cast(stage, 2)
    entry = submit(stage, one, VULNERABILITY, label=stage.label(one, "C2"), tlp="amber")
    yield entry and entry | embargo(stage, one, "ALL", minute(entry["t"]) + 1)
    if stage.chance(0.3):
        yield submit(stage, two, VULNERABILITY, label=stage.label(two, "C1"), rel=stage.some(stage.others(two)))


def advisories(stage: Stage, _subject: Observable) -> Entries:
    """Advisories, one of them redacted."""
    for owner in _cast(stage, 2):
        text = stage.rng.choice(ADVISORIES)
        yield submit(stage, owner, Observable(ADVISORY, text), label=stage.label(owner, "C3"), redactable_to="C1")


def own_ranges(stage: Stage, _subject: Observable) -> Entries:
    """Addresses and networks inside, at the edge of, and around what members answer for."""
    first = 16 * stage.rng.randrange(len(stage.members))
    for block in (
        f"203.0.113.{first + 5}",
        f"203.0.113.{first}/28",
        f"203.0.113.{first // 32 * 32}/27",
        "203.0.113.0/24",
    ):
        yield submit(stage, stage.rng.choice(list(stage.members)), Observable("ipv4", block))


PIECES: tuple[Piece, ...] = (
    same_observable,
    victims,
    reds,
    sovereigns,
    embargoes,
    withdrawn_in_embargo,
    withdrawn_at_once,
    withdrawn_while_offline,
    replaced,
    vulnerability,
    advisories,
    own_ranges,
)
