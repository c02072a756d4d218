"""The present, in microseconds since the Unix epoch: the real one, or one that an exercise moves by hand."""

import struct
import time
from pathlib import Path

from comity.errors import SettingsError

_PRESENT = struct.Struct("<q")


def real_time() -> int:
    """Return the present."""
    return time.time_ns() // 1000


class ExerciseClock:
    """A clock in a file that several services share and one exercise control sets."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self) -> int:
        """Return the time of the exercise.

        Raises:
            SettingsError: the file holds no time.
        """
        try:
            present: int = _PRESENT.unpack(self._path.read_bytes())[0]
        except (OSError, struct.error) as error:
            raise SettingsError(f"clock {self._path.name!r} holds no time, expected one set by an exercise") from error
        return present

    def set(self, present: int) -> None:
        """Move the clock."""
        new = self._path.with_suffix(".new")
        new.write_bytes(_PRESENT.pack(present))
        new.replace(self._path)
