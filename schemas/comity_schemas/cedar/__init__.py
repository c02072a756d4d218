"""The rules every bloc starts from: the Cedar schema and the standard chapters, read once as part of the package."""

from importlib.resources import files
from types import MappingProxyType

_FOLDER = files(__name__)

SCHEMA = _FOLDER.joinpath("schema.cedarschema").read_text("utf-8")
"""The Cedar schema that every chapter is checked against."""

CHAPTERS = MappingProxyType(
    {
        chapter.name: chapter.read_text("utf-8")
        for chapter in sorted(_FOLDER.joinpath("chapters").iterdir(), key=lambda entry: entry.name)
        if chapter.name.endswith(".cedar")
    }
)
"""File name -> Cedar text of the chapters that are in force in every bloc."""
