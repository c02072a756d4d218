"""Making editions of the cross-border summary out of members' returns: composed, protected, signed, appended."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comity.errors import InvalidRequestError
from comity.federation.context import Federation
from comity.oversight.composing import Material, Reported, Told, compose, covering
from comity.oversight.edition import sign
from comity.oversight.lines import Pattern
from comity.oversight.returns import Return, parse_return
from comity.oversight.sections import Setting, edition_of
from comity.oversight.tables import ALL, Key, Rule, Table
from comity.store import oversight
from comity.store.database import Connection
from comity.store.oversight import EditionRow, ReturnRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Editions:
    """The federation's work for oversight; *key* is its private Ed25519 key."""

    federation: Federation
    key: bytes
    rule: Rule

    def take(self, member: str, raw: bytes) -> bool:
        """Keep the return of a member; return whether it is new.

        Raises:
            InvalidRequestError: it is none, or another member's, or its period is not over.
            RefusedError: a part of its period was reported before.
        """
        found = parse_return(raw, members=self.federation.bloc.members)
        if found.member != member:
            raise InvalidRequestError(f"return of {found.member}, expected {member}, whose node sent it")
        now = self.federation.store.clock()
        if found.end > now:
            raise InvalidRequestError("the period of the return is not over, expected one that is")
        row = ReturnRow(member=member, start=found.start, end=found.end, body=raw, received=now, sent=now)
        with self.federation.store.write() as connection:
            return oversight.put_return(connection, row)

    def make(self, start: int, end: int) -> EditionRow:
        """Make, sign and append the edition for a period.

        Raises:
            RefusedError: the period has an edition, or no member reported for the whole of it.
            PolicyError: the figures cannot be protected.
        """
        store = self.federation.store
        with store.write() as connection:
            material = self.material(connection, start, end)
            last = oversight.last_edition(connection)
            number, previous = (last.number + 1, last.digest) if last else (1, "")
            made = store.clock()
            setting = Setting(
                bloc=self.federation.bloc,
                rule=self.rule,
                number=number,
                previous=previous,
                made=made,
                rules=self.federation.engine.ruleset.digest,
                corroboration=oversight.corroboration(connection),
            )
            signed = sign(edition_of(material, setting), self.key)
            row = EditionRow(
                number=number,
                start=start,
                end=end,
                made=made,
                body=signed.body,
                digest=signed.digest,
                signature=signed.signature,
                audit=json.dumps(_audit(material, self.rule.k)),
            )
            oversight.put_edition(connection, row)
        return row

    def material(self, connection: Connection, start: int, end: int) -> Material:
        """Return what the edition for a period is made of.

        Raises:
            RefusedError: the period has an edition, or no member reported for the whole of it.
        """
        told = [_told(row) for row in oversight.all_editions(connection)]
        return compose(
            Reported(bloc=self.federation.bloc, rule=self.rule, returns=self.returns(connection), told=told), start, end
        )

    def taken(self, connection: Connection, row: EditionRow, member: str) -> int:
        """Return how many objects a member was given in the period of an edition, as the others reported it."""
        told = _told(row)
        reported = covering(self.returns(connection), told.start, told.end, members=told.members)
        return sum(one.given.get(member, 0) for several in reported.values() for one in several)

    def returns(self, connection: Connection) -> list[Return]:
        """Return every return that members sent."""
        members = self.federation.bloc.members
        return [parse_return(row.body, members=members) for row in oversight.all_returns(connection)]


def _told(row: EditionRow) -> Told:
    audit = json.loads(row.audit)
    return Told(
        start=row.start,
        end=row.end,
        members=tuple(audit["members"]),
        published=frozenset(Key(*names) for names in audit["published"]),
        small=frozenset(Key(*names) for names in audit["small"]),
    )


def _audit(material: Material, k: int) -> dict[str, Any]:
    """Return what was hidden and why; whoever has this can undo the suppression."""
    protection = material.protection
    return {
        "k": k,
        "members": list(material.returns),
        "published": sorted(protection.published),
        "small": sorted(protection.small),
        "narrowest": protection.narrowest,
        "targets": protection.targets,
        "exposed": protection.exposed,
        "first_step": {
            name: _first_step(material.tables[name], pattern) for name, pattern in protection.patterns.items()
        },
    }


def _first_step(table: Table, pattern: Pattern) -> Mapping[str, object]:
    """Return what the first step hid of one table, while all its totals count as published."""
    hidden = [Key(table.name, table.members[i], table.columns[j]) for i, j in sorted(pattern.hidden)]
    places = {place.key: place.value for place in table.places()}
    cells = [value for key, value in places.items() if ALL not in {key.member, key.column}]
    return {
        "cells": len(cells),
        "zeros": cells.count(0),
        "total": places.get(Key(table.name, ALL, ALL), 0),
        "rows": {member: places.get(Key(table.name, member, ALL), 0) for member in table.members},
        "columns": {column: places.get(Key(table.name, ALL, column), 0) for column in table.columns},
        "primary": len(pattern.primary),
        "complementary": len(pattern.hidden) - len(pattern.primary),
        "rounds": pattern.rounds,
        "narrowest": pattern.narrowest,
        "breakable": pattern.breakable,
        "hidden_total": sum(places[key] for key in hidden),
        "hidden": _by_member(table.members, hidden),
    }


def _by_member(members: Sequence[str], hidden: Sequence[Key]) -> dict[str, list[str]]:
    return {member: [key.column for key in hidden if key.member == member] for member in members}
