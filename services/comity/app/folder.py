"""The folder of a service: its settings file, its database, what it was admitted with."""

import json
import os
import secrets
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from comity.errors import SettingsError
from comity.ledger.notes import Signer
from comity.settings import FILE, SIGNING_KEY, Settings, load

ADMISSION = "admission.json"
_OWNER_ONLY = 0o600


def make(folder: Path, values: Mapping[str, str | int]) -> Settings:
    """Make *folder* with a settings file of *values* and a key to sign with, and return the settings.

    Raises:
        SettingsError: there is a settings file already, or a value is unusable.
    """
    path = folder / FILE
    if path.exists():
        raise SettingsError(f"{FILE} exists in {str(folder)!r} already, expected a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in values.items())
    tomllib.loads(text)
    path.write_text(text, encoding="utf-8")
    keep_secret(folder / SIGNING_KEY, Signer(_name_of(values), secrets.token_bytes(32)).text)
    try:
        return load(folder)
    except SettingsError:
        path.unlink()
        (folder / SIGNING_KEY).unlink()
        raise


def _name_of(values: Mapping[str, str | int]) -> str:
    """Return the name under which the service signs."""
    return "-".join(("comity", str(values.get("member") or values.get("kind"))))


@contextmanager
def unless_it_fails(folder: Path) -> Iterator[None]:
    """Run the making of a service; when it fails, nothing is left in *folder* that was not there before."""
    existed = folder.is_dir()
    before = set(folder.iterdir()) if existed else set()
    try:
        yield
    except BaseException:
        for path in set(folder.iterdir()) - before if folder.is_dir() else ():
            path.unlink()
        if not existed and folder.is_dir():
            folder.rmdir()
        raise


def keep_secret(path: Path, text: str) -> None:
    """Write *text* to a file that only its owner can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
