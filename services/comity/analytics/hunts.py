"""Hunting beside a node's answers: one job at a time, with its progress, in files that operators put into a folder.

What was found is kept in memory only, and each value is shown while the CERT may still read it: what was recalled since
is in no answer.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import structlog

from comity.analytics.context import Analytics
from comity.correlation.matching import Territory
from comity.errors import ComityError, InvalidRequestError, RefusedError
from comity.store import assets as stored

INCOMING = "incoming"
"""The folder, in that of telemetry, into which operators put files to be loaded."""

FORMATS = ("eve", "zeek", "json", "csv", "parquet")
MOST_BYTES = 1 << 30
"""The largest file that is loaded beside the answers; larger ones are for the command line."""

MOST_HITS = 2_000
"""The hits that are kept of a hunt, the surest first."""

_HUNTED = "hunt position"
logger = structlog.get_logger(__name__)


def hunted(analytics: Analytics) -> int:
    """Return up to which tick indicators have been looked for."""
    return int(analytics.store.setting(analytics.store.read(), _HUNTED) or 0)


def keep_hunted(analytics: Analytics, position: int) -> None:
    """Keep up to which tick indicators have been looked for."""
    with analytics.store.write() as connection:
        analytics.store.set_setting(connection, _HUNTED, str(position))


@dataclass(slots=True)
class _Standing:
    state: str = "idle"
    """``idle``, ``loading``, ``hunting``, ``done`` or ``failed``."""
    what: str = ""
    done: int = 0
    """Events that were loaded, or files that were looked through."""
    total: int | None = None
    problem: str = ""
    indicators: int = 0
    skipped: int = 0
    hits: list[dict[str, Any]] = field(default_factory=list)
    left_out: int = 0


class Hunts:
    """The hunts of one node whose folder of telemetry is *folder*."""

    def __init__(self, analytics: Analytics, folder: Path) -> None:
        self._analytics = analytics
        self._folder = folder
        self._lock = Lock()
        self._standing = _Standing()
        self._job: Thread | None = None

    def files(self) -> list[dict[str, Any]]:
        """Return the name and size of each file that can be loaded."""
        paths = sorted(self._incoming())
        return [{"name": path.name, "bytes": path.stat().st_size} for path in paths]

    def load(self, name: str, form: str) -> None:
        """Begin to load a file of the folder for incoming ones; *form* is one of ``FORMATS``.

        Raises:
            InvalidRequestError: there is no such file or format, or the file is too large.
            RefusedError: another job is under way.
        """
        path = next((path for path in self._incoming() if path.name == name), None)
        if path is None or form not in FORMATS:
            raise InvalidRequestError(
                f"file {name[:80]!r} of format {form[:20]!r}, expected one of {INCOMING}, as {', '.join(FORMATS)}"
            )
        if path.stat().st_size > MOST_BYTES:
            raise InvalidRequestError(f"file {name[:80]!r} is larger than {MOST_BYTES} bytes: use the command line")
        self._begin("loading", name, lambda: self._load(path, form))

    def hunt(self, *, new: bool) -> None:
        """Begin to look for everything that the CERT may read, or for what is *new* since the last hunt.

        Raises:
            RefusedError: another job is under way.
        """
        self._begin("hunting", "what is new" if new else "everything", lambda: self._hunt(new=new))

    def standing(self) -> dict[str, Any]:
        """Return how the job stands, and of what the last hunt found what the CERT may still read."""
        told = asdict(self._standing)
        connection = self._analytics.store.read()
        viewers = self._analytics.viewers(connection)
        readable = stored.still_readable(connection, viewers, {hit["value"] for hit in told["hits"]})
        told["hits"] = [hit for hit in told["hits"] if (hit["kind"], hit["value"]) in readable]
        return told

    def wait(self) -> None:
        """Return once no job is under way."""
        if self._job is not None:
            self._job.join()

    def _incoming(self) -> list[Path]:
        folder = self._folder / INCOMING
        return (
            [path for path in folder.iterdir() if path.is_file() and not path.is_symlink()] if folder.is_dir() else []
        )

    def _begin(self, state: str, what: str, work: Callable[[], None]) -> None:
        with self._lock:
            if self._job is not None and self._job.is_alive():
                raise RefusedError(
                    f"the node is {self._standing.state} {self._standing.what[:80]!r}, wait until it is done"
                )
            last = self._standing
            keeps = state == "loading"
            self._standing = _Standing(
                state=state,
                what=what,
                hits=last.hits if keeps else [],
                left_out=last.left_out if keeps else 0,
                indicators=last.indicators if keeps else 0,
                skipped=last.skipped if keeps else 0,
            )
            self._job = Thread(target=self._run, args=(work,), daemon=True)
            self._job.start()

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
            self._standing.state = "done"
        except ComityError as error:
            self._standing.problem = str(error)
            self._standing.state = "failed"
        except Exception:  # the outermost of a thread
            logger.exception("hunt failed")
            self._standing.problem = "something failed, see the log of the node"
            self._standing.state = "failed"

    def _load(self, path: Path, form: str) -> None:
        from comity.analytics import telemetry  # noqa: PLC0415  # takes a second to import, which few nodes need

        def progress(events: int) -> None:
            self._standing.done = events

        own = Territory(stored.all_assets(self._analytics.store.read(), self._analytics.member))
        loaded = telemetry.load(path, form, self._folder, own, progress=progress)
        self._standing.done = loaded.events
        if loaded.broken or not loaded.events:
            self._standing.problem = (
                f"{loaded.broken} records cannot be read, {loaded.skipped} have nothing to look for"
            )

    def _hunt(self, *, new: bool) -> None:
        from comity.analytics import engines, hunting  # noqa: PLC0415  # see above

        def progress(done: int, total: int) -> None:
            self._standing.done, self._standing.total = done, total

        after = hunted(self._analytics) if new else 0
        found = hunting.hunt(self._analytics, self._folder, engines.DuckDBEngine(), after=after, progress=progress)
        keep_hunted(self._analytics, found.position)
        standing = self._standing
        standing.done = standing.total or 0
        standing.indicators, standing.skipped = found.indicators, found.skipped
        standing.hits = [asdict(hit) for hit in found.hits[:MOST_HITS]]
        standing.left_out = len(found.hits) - len(standing.hits)
