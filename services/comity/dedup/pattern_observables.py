"""Which property of which STIX object holds the value of an observable, and how a path becomes directory and name."""

from collections.abc import Mapping

from comity.dedup.canonical import Observable, value_of
from comity.dedup.pattern_parser import parse_path
from comity.errors import InvalidObjectError

PATHS = {
    "domain": "domain-name:value",
    "ipv4": "ipv4-addr:value",
    "ipv6": "ipv6-addr:value",
    "url": "url:value",
    "email": "email-addr:value",
    "file:md5": "file:hashes.MD5",
    "file:sha1": "file:hashes.'SHA-1'",
    "file:sha256": "file:hashes.'SHA-256'",
    "file:sha512": "file:hashes.'SHA-512'",
}
"""Kind -> the object path that pattern makers write for it."""

KINDS_OF_PATHS: Mapping[str, str] = {parse_path(path): kind for kind, path in PATHS.items()}
"""Object path with quoted keys -> kind."""

FILE_NAME = "file:name"
FILE_DIRECTORY = "file:parent_directory_ref.path"
_FILE_NAME, _FILE_DIRECTORY = parse_path(FILE_NAME), parse_path(FILE_DIRECTORY)


def value_at(path: str, text: str) -> str:
    """Return the canonical form of *text* where *path* holds an observable and *text* is one, else *text* itself."""
    kind = KINDS_OF_PATHS.get(path)
    if kind is None:
        return text
    try:
        return value_of(kind, text)
    except InvalidObjectError:
        return text


def observable_at(values: Mapping[str, str]) -> Observable | None:
    """Return the observable that *values* of one object are, by path; none where they say more, less or otherwise."""
    if len(values) == 1:
        ((path, text),) = values.items()
        kind = KINDS_OF_PATHS.get(path)
        if kind is not None:
            return _observable(kind, text)
    if _FILE_NAME not in values or not values.keys() <= {_FILE_NAME, _FILE_DIRECTORY}:
        return None
    parts = values.get(_FILE_DIRECTORY), values[_FILE_NAME]
    found = _observable("file:path", _whole(*parts))
    return found if found is not None and parts_of_path(found.value) == parts else None


def parts_of_path(path: str) -> tuple[str | None, str]:
    """Return directory and name of *path*, or only a name where putting the two together would not give *path*."""
    at = max(path.rfind("/"), path.rfind("\\")) + 1
    directory = path[:at] if at == 1 or path[at - 2 : at] == ":\\" else path[: at - 1]
    if not at or at == len(path) or _whole(directory, path[at:]) != path:
        return None, path
    return directory, path[at:]


def _whole(directory: str | None, name: str) -> str:
    if directory is None:
        return name
    if directory.endswith(("/", "\\")):
        return directory + name
    return f"{directory}\\{name}" if "\\" in directory else f"{directory}/{name}"


def _observable(kind: str, text: str) -> Observable | None:
    try:
        return Observable(kind=kind, value=value_of(kind, text))
    except InvalidObjectError:
        return None
