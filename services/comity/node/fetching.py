"""The feeds of a node: read on a schedule or when asked, each from where it was left, with back-off and an alarm."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from comity.errors import ComityError
from comity.node.catalogue import MINUTE, Catalogue, Source
from comity.node.context import Node
from comity.node.feed_labels import defaults_of
from comity.node.feeding import Record, Tally, feed_in
from comity.node.intake import Intake
from comity.node.plugins import Part, reader_of, walk_of
from comity.node.renewal import renewed
from comity.stix.labels import Defaults
from comity.store import feed_states
from comity.store.feed_states import FeedState
from comity.taxii.status import Fate, Outcome
from comity.transport.destinations import Resolve, resolve
from comity.transport.fetch import Bounds, Fetcher, FetchError

_LONGEST_WAIT = 1_440 * MINUTE
_MOST_DOUBLINGS = 6
_LATE_ROUNDS = 3
"""After so many rounds without one that came to its end a feed counts as dead."""

_DAY = 1_440 * MINUTE
_OPEN_BODY = 256 << 20
logger = structlog.get_logger(__name__)
Show = Callable[[Tally], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """What a walk is told; see ``comity_feeds.walk``."""

    url: str
    position: str
    now: datetime
    page: int = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a feed stands."""

    name: str
    source: Source
    state: FeedState
    alarm: str
    """Nothing, or what is wrong: ``failing``, ``dead`` or ``silent``; ``off`` where it is switched off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeds:
    """Reads the feeds of a catalogue into a node."""

    node: Node
    intake: Intake
    catalogue: Catalogue
    lookup: Resolve = resolve

    def run_due(self) -> None:
        """Read every feed whose time has come; one that fails keeps no other from being read."""
        now = self.node.store.clock()
        for name, source in self.catalogue.feed.items():
            if source.enabled and self.state_of(name).next_try <= now:
                self._run_logged(name)

    def run(self, name: str, show: Show = lambda _tally: None) -> Tally:
        """Read the feed called *name* now, and tell what became of what it brought.

        What is taken in before a failure stays, and the next round goes on behind it.

        Raises:
            SettingsError: there is no such feed, or it cannot be used as it is set.
            ComityError: its publisher could not be reached, or gave what the format is not.
        """
        source = self.catalogue.named(name)
        total = Tally()
        try:
            for part in self._parts(name, source):
                records = self._read(name, source, part)
                tally = Tally()
                for tally in feed_in(records, taking(self.intake, self._defaults(source))):
                    show(total.plus(tally))
                total = total.plus(tally)
                self._keep_part(name, part, total)
        except ComityError as error:
            self._keep_failure(name, source, error)
            raise
        now = self.node.store.clock()
        self._keep(self.state_of(name).succeeded(now, next_try=now + source.every_minutes * MINUTE))
        return total

    def first(self, name: str) -> tuple[Record | None, Defaults]:
        """Return the first record with an object that the feed *name* would bring now, and what is assumed of it.

        Where there is none, it is the last record without one.

        Nothing is stored, not even that it was asked for.

        Raises:
            ComityError: as ``run``.
        """
        source = self.catalogue.named(name)
        defaults = self._defaults(source)
        record = None
        for part in self._parts(name, source, from_start=True):
            for record in self._read(name, source, part):
                if record.raw is not None:
                    return record, defaults
        return record, defaults

    def state_of(self, name: str) -> FeedState:
        """Return how far the feed called *name* was read."""
        return feed_states.state_of(self.node.store.read(), name, self.node.store.clock())

    def health(self) -> list[Health]:
        """Return how every feed of the catalogue stands."""
        now = self.node.store.clock()
        return [self._health(name, source, now) for name, source in self.catalogue.feed.items()]

    def _health(self, name: str, source: Source, now: int) -> Health:
        state = self.state_of(name)
        return Health(name=name, source=source, state=state, alarm=_alarm(source, state, now))

    def _run_logged(self, name: str) -> None:
        try:
            tally = self.run(name)
        except ComityError as error:
            logger.warning("feed failed", feed=name, reason=str(error))
            return
        logger.info("feed read", feed=name, taken=tally.taken, refused=tally.refused, errors=tally.errors)

    def _parts(self, name: str, source: Source, *, from_start: bool = False) -> Iterator[Part]:
        walk = walk_of(source.walk)
        reader_of(source.format)
        position = "" if from_start else self.state_of(name).position
        bounds = Bounds(body_bytes=(source.limits or {}).get("source_bytes", _OPEN_BODY), seconds=source.seconds)
        secret = self.catalogue.secret_of(source)
        with Fetcher(allowed=self.catalogue.allowed, bounds=bounds, secret=secret, lookup=self.lookup) as fetcher:
            yield from walk(fetcher, _Place(url=source.url, position=position, now=_time(self.node.store.clock())))

    def _read(self, name: str, source: Source, part: Part) -> Iterator[Record]:
        options = source.options(name)
        options |= {"member": self.node.member, "received_at": part.received_at}
        options["since"] = min(_time(self.state_of(name).since), part.received_at)
        yield from reader_of(source.format)(part.body, options)

    def _defaults(self, source: Source) -> Defaults:
        return defaults_of(self.node, tlp=source.tlp, label=source.label, releasable=source.releasable)

    def _keep_part(self, name: str, part: Part, total: Tally) -> None:
        state = self.state_of(name)
        now = self.node.store.clock()
        self._keep(
            replace(
                state,
                position=part.position,
                last_content=now,
                taken=total.taken,
                refused=total.refused,
                errors=total.errors,
            )
        )

    def _keep_failure(self, name: str, source: Source, error: ComityError) -> None:
        state = self.state_of(name)
        now = self.node.store.clock()
        wait = min(source.every_minutes * MINUTE << min(state.failures, _MOST_DOUBLINGS), _LONGEST_WAIT)
        asked = error.retry_after if isinstance(error, FetchError) else None
        wait = max(wait, (asked or 0) * 1_000_000)
        self._keep(state.failed(now, next_try=now + wait, problem=str(error)[:500]))

    def _keep(self, state: FeedState) -> None:
        with self.node.store.write() as connection:
            feed_states.keep(connection, state)


def taking(intake: Intake, defaults: Defaults) -> Callable[[Sequence[Record]], list[Outcome]]:
    """Return what takes the objects of records in; one that a feed authors again as it was is a success."""

    def take(records: Sequence[Record]) -> list[Outcome]:
        raws = [record.raw or b"" for record in records]
        made = [place for place, record in enumerate(records) if not record.relayed]
        fresh: list[bytes | None] = list(raws)
        for place, raw in zip(made, renewed(intake.node.store.read(), [raws[place] for place in made]), strict=True):
            fresh[place] = raw
        outcomes = iter(intake.take([raw for raw in fresh if raw is not None], defaults))
        return [Outcome(fate=Fate.SUCCESS, object_id="") if raw is None else next(outcomes) for raw in fresh]

    return take


def _alarm(source: Source, state: FeedState, now: int) -> str:
    if not source.enabled:
        return "off"
    if state.last_try is None:
        return ""
    late = now - (state.last_success or state.since) > _LATE_ROUNDS * source.every_minutes * MINUTE
    if state.failures and late:
        return "dead"
    if state.failures:
        return "failing"
    return "silent" if now - (state.last_content or state.since) > source.silent_days * _DAY else ""


def _time(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)
