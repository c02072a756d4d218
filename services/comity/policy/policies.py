"""A policy: everything that decides, as the files of a profile have it, in one text that can be signed and kept."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from comity_schemas.cedar import CHAPTERS

from comity.domain.member import Bloc
from comity.errors import PolicyError
from comity.policy.bloc import CLASSIFICATION, MEMBERS, SECTORS, parse_bloc
from comity.policy.evaluate import Engine
from comity.policy.rules import RuleSet, member_of_chapter

DOCUMENTS = (CLASSIFICATION, MEMBERS, SECTORS)
"""The files of a profile besides its chapters."""


@dataclass(frozen=True)
class Policy:
    """The documents and chapters of a profile; equal policies have equal texts."""

    documents: Mapping[str, object]
    chapters: Mapping[str, str]
    """File name -> Cedar text, the standard chapters among them."""

    @classmethod
    def of(cls, documents: Mapping[str, object], own_chapters: Mapping[str, str]) -> "Policy":
        """Return the policy of a profile, whose own chapters are in force besides the standard ones.

        Raises:
            PolicyError: an own chapter has the name of a standard one and another text.
        """
        for name in own_chapters.keys() & CHAPTERS.keys():
            if own_chapters[name] != CHAPTERS[name]:
                raise PolicyError(f"{name}: a profile's chapter, expected another name than a standard chapter has")
        return cls(documents, {**CHAPTERS, **own_chapters})

    @classmethod
    def parse(cls, text: str) -> "Policy":
        """Return the policy whose ``text`` is *text*.

        Raises:
            PolicyError: it is no such text.
        """
        try:
            record = json.loads(text)
            documents, chapters = record["documents"], record["chapters"]
        except (ValueError, TypeError, KeyError) as error:
            raise PolicyError("the text of a policy is damaged, expected documents and chapters") from error
        if not isinstance(documents, dict) or not isinstance(chapters, dict):
            raise PolicyError("the text of a policy is damaged, expected documents and chapters")
        return cls(documents, {str(name): str(chapter) for name, chapter in chapters.items()})

    @cached_property
    def text(self) -> str:
        """The policy as canonical JSON."""
        record = {"documents": dict(self.documents), "chapters": dict(self.chapters)}
        return json.dumps(record, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=str)

    @cached_property
    def bloc(self) -> Bloc:
        """The bloc that it describes.

        Raises:
            PolicyError: a document cannot be used.
        """
        return replace(parse_bloc(self.documents, {}), chapters=dict(sorted(self.chapters.items())))

    @cached_property
    def rules(self) -> RuleSet:
        """The rules that it puts in force.

        Raises:
            PolicyError: a chapter cannot be used.
        """
        return RuleSet.compile(self.bloc.chapters, self.bloc)

    @property
    def digest(self) -> str:
        """What is signed: the digest of all that decides."""
        return self.rules.digest

    def engine(self, suspended: frozenset[str] = frozenset()) -> Engine:
        """Return what decides by it, with some members suspended."""
        return Engine(self.rules, self.bloc, suspended=suspended)

    def with_files(self, files: Mapping[str, object], removed: frozenset[str] = frozenset()) -> "Policy":
        """Return the policy with some files replaced or added: chapters as text, documents as parsed YAML.

        Raises:
            PolicyError: a file is neither a chapter nor a document of a profile, or what is removed is not there.
        """
        documents, chapters = dict(self.documents), dict(self.chapters)
        for name, content in files.items():
            if name.endswith(".cedar") and isinstance(content, str):
                chapters[name] = content
            elif name in DOCUMENTS:
                documents[name] = content
            else:
                expected = ", ".join(DOCUMENTS)
                raise PolicyError(f"{name!r} is no part of a policy, expected a chapter '*.cedar' or one of {expected}")
        for name in removed:
            if chapters.pop(name, None) is None:
                raise PolicyError(f"no chapter {name!r} is in force, expected one of {', '.join(chapters)}")
        return Policy(documents, chapters)

    def changes(self, other: "Policy") -> tuple[str, ...]:
        """Return the names of the files in which *other* differs."""
        mine, others = {**self.documents, **self.chapters}, {**other.documents, **other.chapters}
        return tuple(sorted(name for name in {*mine, *others} if _plain(mine.get(name)) != _plain(others.get(name))))

    def national(self, other: "Policy") -> str | None:
        """Return the member whose own chapter is all that *other* changes, or ``None`` when it changes more."""
        changed = self.changes(other)
        return member_of_chapter(changed[0]) if len(changed) == 1 else None


def _plain(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
