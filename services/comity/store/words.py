"""The words of objects: an index that finds, newest first, what has words, labels, parent domains or look-alikes.

A document is made of what stands in the newest version of an object and of its rows in the release log, so that it can
be made again when it is to be taken out. With SQLite it is kept by FTS5 without the text itself; with PostgreSQL as a
``tsvector``. Everything that is not a word of the text is written with characters for private use, which no text that
is looked for can contain.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import normalize

import msgspec
from sqlalchemy import Connection, select

from comity.store.search_terms import host_of, skeleton
from comity.store.tables import embargoes, meta, objects, releases, terms, words

CREATE = """CREATE VIRTUAL TABLE words
USING fts5(text, content='', columnsize=0, tokenize='unicode61 remove_diacritics 0')"""
"""Makes the table with SQLite."""

MOST_WORDS = 64
"""The words of one name or value that are kept."""

_LONGEST = 100
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(f"[{_UNSPACED}]|[^\\W_{_UNSPACED}]+")
_ASCII_WORD = re.compile("[a-z0-9]+")
_READ_KINDS = frozenset({"domain", "url", "email", "file:path", "vulnerability"})
_TYPE, _CLASS, _KIND, _UNDER, _LOOKS = "\ue000", "\ue001", "\ue002", "\ue003", "\ue004"
_DIVIDERS = {code: chr(0xE100 + code) for code in range(128) if not chr(code).isalnum()}
_DOT = _DIVIDERS[ord(".")]
_APART = 1_000
_PAGES = 2_000
_TO_REWRITE, _BEGUN, _GOING_ON = "words to rewrite", "from the start", "going on"
_CHUNK = 500


class _Named(msgspec.Struct, frozen=True, gc=False):
    name: str = ""


_named = msgspec.json.Decoder(_Named)


class Phrase(msgspec.Struct, frozen=True, gc=False):
    """Words that stand side by side; the last one may be the beginning of a longer word."""

    words: tuple[str, ...]
    is_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is looked for: of each of *groups* at least one phrase, and none of *none*."""

    groups: tuple[tuple[Phrase, ...], ...] = ()
    none: tuple[Phrase, ...] = ()

    def for_fts5(self) -> str:
        """Return it in the language of FTS5."""
        found = " AND ".join(_either(group) for group in self.groups)
        return f"({found}) NOT {_either(self.none)}" if self.none else found

    def for_postgresql(self) -> str:
        """Return it as the text of a ``tsquery``."""
        parts = ["(" + " | ".join(map(_tsquery, group)) + ")" for group in self.groups]
        return " & ".join([*parts, *(f"!({_tsquery(one)})" for one in self.none)])


class Document(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The words of one object, and what else it is found by."""

    number: int
    value: tuple[str, ...]
    name: tuple[str, ...]
    labels: tuple[str, ...]

    def for_fts5(self) -> str:
        """Return the text that FTS5 divides; the labels keep value and name apart."""
        return " ".join((*self.value, *self.labels, *self.name))

    def for_postgresql(self) -> str:
        """Return the text of a ``tsvector``."""
        places: dict[str, list[int]] = {}
        for first, several in ((1, self.value), (_APART, self.name), (2 * _APART, self.labels)):
            for place, word in enumerate(several, start=first):
                places.setdefault(word, []).append(place)
        return " ".join(f"'{word}':{','.join(map(str, at))}" for word, at in places.items())


def words_in(text: str) -> tuple[str, ...]:
    """Return the words of *text*; a character of a script without spaces is a word of its own."""
    is_plain = text.isascii()
    found = _ASCII_WORD.findall(text.lower()) if is_plain else _WORD.findall(normalize("NFKC", text).casefold())
    return tuple([word[:_LONGEST] for word in found[:MOST_WORDS]])


def of_type(type_id: int) -> Phrase:
    """Return what every object of a type has."""
    return Phrase((f"{_TYPE}{type_id}",))


def of_class(class_id: int) -> Phrase:
    """Return what every object has that was ever released under a class in its newest version."""
    return Phrase((f"{_CLASS}{class_id}",))


@lru_cache
def of_kind(kind: str) -> Phrase:
    """Return what every object has that states an observable of a kind."""
    return Phrase((_KIND + _private(kind),))


def under(domain: str) -> Phrase:
    """Return what every object has that states the domain or one under it."""
    return Phrase((_UNDER + _private(domain),))


def looks_like(shape: str) -> Phrase:
    """Return what every object has whose host is not *shape* and has it as its skeleton."""
    return Phrase((_LOOKS + _private(shape),))


def document(
    number: int, *, type_id: int, classes: Iterable[int], term: tuple[str, str] | None, body: bytes
) -> Document:
    """Return the document of an object that states *term*, under the *classes* it is and will be released under."""
    labels = [of_type(type_id), *map(of_class, sorted(classes)), *([] if term is None else _of_term(*term))]
    return Document(
        number=number,
        value=words_in(term[1]) if term and term[0] in _READ_KINDS else (),
        name=words_in(_name(body)),
        labels=tuple(label.words[0] for label in labels),
    )


def add(connection: Connection, documents: Iterable[Document]) -> None:
    """Put documents into the index."""
    if connection.dialect.name == "sqlite":
        rows = [(one.number, one.for_fts5()) for one in documents]
        connection.exec_driver_sql("INSERT INTO words (rowid, text) VALUES (?, ?)", rows)
        return
    rows = [(one.number, one.for_postgresql()) for one in documents]
    connection.exec_driver_sql("INSERT INTO words (object_no, text) VALUES (%s, %s::tsvector)", rows)


def remove(connection: Connection, numbers: Sequence[int]) -> None:
    """Take the documents of versions out, as long as what they were made of is still there."""
    for start in range(0, len(numbers), _CHUNK):
        some = numbers[start : start + _CHUNK]
        if connection.dialect.name == "sqlite":
            rows = [(one.number, one.for_fts5()) for one in _kept(connection, some)]
            if rows:
                sql = "INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)"
                connection.exec_driver_sql(sql, rows)
        else:
            connection.execute(words.delete().where(words.c.object_no.in_(some)))


def remember_to_rewrite(connection: Connection) -> None:
    """Note that words were taken out whose object is to leave no trace; FTS5 keeps them until it rewrites its index."""
    connection.execute(meta.delete().where(meta.c.key == _TO_REWRITE))
    connection.execute(meta.insert().values(key=_TO_REWRITE, value=_BEGUN))


def rewrite_some(connection: Connection) -> bool:
    """Rewrite a part of the index without what was taken out, if that is to be done; return whether to go on."""
    noted = connection.execute(select(meta.c.value).where(meta.c.key == _TO_REWRITE)).scalar()
    if noted is None:
        return False
    before = _changes(connection)
    pages = -_PAGES if noted == _BEGUN else _PAGES
    connection.exec_driver_sql("INSERT INTO words (words, rank) VALUES ('merge', ?)", (pages,))
    is_done = _changes(connection) - before <= 1
    noted_anew = meta.delete() if is_done else meta.update().values(value=_GOING_ON)
    connection.execute(noted_anew.where(meta.c.key == _TO_REWRITE))
    return not is_done


def _changes(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT total_changes()").scalar_one())


def _kept(connection: Connection, numbers: Sequence[int]) -> list[Document]:
    """Return the documents of the newest versions among *numbers*, made again."""
    classes: dict[int, set[int]] = {}
    newest = select(releases.c.object_no).where(releases.c.object_no.in_(numbers), releases.c.latest)
    numbers = sorted(set(connection.execute(newest).scalars()))
    released = select(releases.c.object_no, releases.c.class_id).where(releases.c.object_no.in_(numbers))
    waiting = select(embargoes.c.object_no, embargoes.c.class_id).where(embargoes.c.object_no.in_(numbers))
    for number, class_id in (*connection.execute(released), *connection.execute(waiting)):
        classes.setdefault(number, set()).add(class_id)
    query = (
        select(objects.c.object_no, objects.c.type_id, objects.c.body, terms.c.kind, terms.c.value)
        .outerjoin(terms, terms.c.object_no == objects.c.object_no)
        .where(objects.c.object_no.in_(numbers))
    )
    return [
        document(
            row.object_no,
            type_id=row.type_id,
            classes=classes[row.object_no],
            term=None if row.kind is None else (row.kind, row.value),
            body=row.body,
        )
        for row in connection.execute(query)
    ]


def _of_term(kind: str, value: str) -> Iterable[Phrase]:
    yield of_kind(kind)
    if kind == "domain":
        labels = _private(value).split(_DOT)
        yield from (Phrase((_UNDER + _DOT.join(labels[place:]),)) for place in range(len(labels)))
    if kind in {"domain", "url"}:
        host = host_of(kind, value)
        shape = skeleton(host) if host else ""
        if shape and shape != host:
            yield looks_like(shape)


def _name(body: bytes) -> str:
    try:
        return _named.decode(body).name
    except msgspec.MsgspecError:
        return ""


def _private(text: str) -> str:
    """Return *text* with everything that divides words written in characters for private use."""
    return text.translate(_DIVIDERS)


def _either(phrases: Sequence[Phrase]) -> str:
    return "(" + " OR ".join(f'"{" ".join(one.words)}"{" *" if one.is_open else ""}' for one in phrases) + ")"


def _tsquery(phrase: Phrase) -> str:
    *before, last = phrase.words
    return "(" + " <-> ".join([*(f"'{word}'" for word in before), f"'{last}'" + (":*" if phrase.is_open else "")]) + ")"
