"""The bloc: what a label stands for, and how far a member is trusted (FORMAT 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

TIERS = ("C0", "C1", "C2", "C3", "C4")
SENSITIVE = TIERS.index("C3")
SOVEREIGN = TIERS.index("C4")
FILES = ("classification.yaml", "members.yaml", "sectors.yaml")


def tier(name: str) -> int:
    """Return the rank of a tier by its name."""
    return TIERS.index(name)


@dataclass(frozen=True, slots=True)
class Profile:
    """The labels and the recognition table of ``classification.yaml``."""

    classification: Mapping[str, Any]

    def tier_of(self, owner: str, label: str) -> int:
        """Return the tier that a label of *owner* stands for; a platform label comes first."""
        platform = self.classification.get("platform_labels") or {}
        if label in platform:
            return tier(platform[label])
        scheme = (self.classification.get("schemes") or {}).get(owner) or {}
        return tier(next(entry["tier"] for entry in scheme["labels"] if entry["label"] == label))

    def limit(self, owner: str, recipient: str) -> int:
        """Return the highest tier of *owner* that *recipient* may have in full."""
        table = self.classification["recognition"]
        bilateral = any({owner, recipient} == set(pair) for pair in table.get("bilateral_c3") or ())
        ceiling = SENSITIVE if bilateral else _entry(table, "owner_ceiling", owner, table["default_ceiling"])
        return min(ceiling, _entry(table, "handling_max", recipient, table["handling_max_default"]))


def _entry(table: Mapping[str, Any], column: str, member: str, default: str) -> int:
    return tier((table.get(column) or {}).get(member, default))


def load_documents(folder: Path) -> dict[str, Any]:
    """Return the documents of a profile folder by file name."""
    return {name: yaml.safe_load((folder / name).read_text(encoding="utf-8")) for name in FILES}


def load_profile(folder: Path) -> Profile:
    """Return the profile in a folder."""
    return Profile(load_documents(folder)["classification.yaml"])
