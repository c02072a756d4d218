"""Reading collections: objects, manifest, one object, its versions (TAXII 2.1, 5.3, 5.4, 5.6, 5.8)."""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial

from comity.domain.identity import identity_of
from comity.gateway.http import Request, Response
from comity.gateway.rendering import rendered, version_of
from comity.stix.headers import read_header, read_id
from comity.store.accounts import CollectionRow
from comity.store.database import Connection
from comity.store.grants import PLAIN, Viewer
from comity.store.page_receipts import PageReceipts
from comity.store.pages import Page, Served, split_id
from comity.store.store import Store
from comity.taxii import envelope as resources
from comity.taxii.filters import OBJECT_FIELDS, OBJECTS_FIELDS, VERSIONS_FIELDS, AllVersions, Query, parse_query
from comity.taxii.labels import label_members
from comity.taxii.media_type import TAXII
from comity.taxii.paging import decode_cursor, encode_cursor, scope_of
from comity.taxii.timestamps import format_timestamp

MEMBER = "member"
"""The kind of a collection through which a member's node exchanges objects with the federation."""


Scope = Callable[[], bytes]
"""Returns what a cursor is good for; few requests need it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Answers reads out of one store."""

    store: Store
    author: str
    """The member, or the name of the federation, in whose name further contributions become sightings."""
    page_limit: int
    cursor_key: bytes
    receipts: PageReceipts | None = None
    """Where it is noted who is served what, before it is."""

    def objects(self, collection: CollectionRow, request: Request) -> Response:
        """Return a page of objects."""
        query = parse_query(request.query, page_limit=self.page_limit, fields=OBJECTS_FIELDS)
        return self._joined(collection, query) or self._page(collection, query, "objects", self._envelope)

    def manifest(self, collection: CollectionRow, request: Request) -> Response:
        """Return a page of manifest records."""
        query = parse_query(request.query, page_limit=self.page_limit, fields=OBJECTS_FIELDS)
        return self._page(collection, query, "manifest", self._manifest)

    def object(self, collection: CollectionRow, object_id: str, request: Request) -> Response | None:
        """Return the versions of one object that were asked for, or ``None`` when the caller can see no such object."""
        if not request.query and (latest := self._latest(collection, object_id)):
            return latest
        query = parse_query(request.query, page_limit=self.page_limit, fields=OBJECT_FIELDS)
        return self._one(collection, object_id, query, self._envelope)

    def versions(self, collection: CollectionRow, object_id: str, request: Request) -> Response | None:
        """Return the version texts of one object, or ``None`` when the caller can see no such object."""
        query = parse_query(request.query, page_limit=self.page_limit, fields=VERSIONS_FIELDS)
        return self._one(collection, object_id, every_version(query), self._versions)

    def _joined(self, collection: CollectionRow, query: Query) -> Response | None:
        """Return a page that the database put together, or ``None`` where each object must be looked at."""
        if query.ids is not None:
            return None
        connection = self.store.read()
        viewer = self.store.grants.viewer(connection, collection.viewer_id)
        scope = partial(scope_of, collection.id, "objects", query)
        page = self.store.pages.joined(
            connection,
            viewer,
            query,
            after=self._after(query, scope),
            limit=query.limit or self.page_limit,
            detailed=collection.kind == MEMBER or self.receipts is not None,
        )
        if page is None:
            return None
        self._note(collection, list(zip(page.ticks, page.class_ids, strict=True)))
        cursor = encode_cursor(page.last, scope(), self.cursor_key) if page.more else None
        custom = self._labels(connection, page.class_ids) if collection.kind == MEMBER else b""
        body = resources.envelope(page.bodies, page.more, cursor, custom=custom)
        return Response(status=200, headers=_dated(page.first, page.last), body=body)

    def _page(self, collection: CollectionRow, query: Query, endpoint: str, body: "Body") -> Response:
        connection = self.store.read()
        viewer = self.store.grants.viewer(connection, collection.viewer_id)
        scope = partial(scope_of, collection.id, endpoint, query)
        page = self.store.pages.page(
            connection,
            viewer,
            query,
            after=self._after(query, scope),
            limit=query.limit or self.page_limit,
            rendered=self._rendered(connection, viewer, query),
        )
        return self._answer(connection, collection, self._exact(page, query.ids), scope, body)

    def _latest(self, collection: CollectionRow, object_id: str) -> Response | None:
        """Return an object in its latest version, or ``None`` where more has to be looked at."""
        found = split_id(object_id)
        if found is None:
            return None
        connection = self.store.read()
        viewer = self.store.grants.viewer(connection, collection.viewer_id)
        latest = self.store.pages.latest(connection, viewer, found[1], found[0])
        if latest is None or collection.kind == MEMBER or read_id(latest[2]) != object_id:
            return None
        tick, class_id, body = latest
        self._note(collection, [(tick, class_id)])
        return Response(status=200, headers=_dated(tick, tick), body=resources.envelope(body))

    def _one(self, collection: CollectionRow, object_id: str, query: Query, body: "Body") -> Response | None:
        found = split_id(object_id)
        if found is None:
            return None
        connection = self.store.read()
        viewer = self.store.grants.viewer(connection, collection.viewer_id)
        scope = partial(scope_of, collection.id, object_id, query)
        after, limit = self._after(query, scope), query.limit or self.page_limit
        type_name, uuid = found
        page = self.store.pages.object(connection, viewer, uuid, type_name, query, after=after, limit=limit)
        page = self._exact(page, frozenset({object_id}))
        if not page.rows and not self._has(connection, viewer, object_id):
            authored = self._authored(connection, viewer, {object_id}, query)
            if not authored and not self._authored(connection, viewer, {object_id}, EVERY_VERSION):
                return None
            rows = [row for row in authored if after is None or row.tick > after]
            page = Page(rows[:limit], more=len(rows) > limit, end=rows[:limit][-1].tick if rows else None)
        return self._answer(connection, collection, page, scope, body)

    def _has(self, connection: Connection, viewer: Viewer, object_id: str) -> bool:
        """Return whether the viewer can see a stored object with exactly this id."""
        type_name, uuid = split_id(object_id) or ("", b"")
        page = self.store.pages.object(connection, viewer, uuid, type_name, EVERY_VERSION, after=None, limit=1)
        return bool(self._exact(page, frozenset({object_id})).rows)

    def _exact(self, page: Page, ids: frozenset[str] | None) -> Page:
        """Return the page without objects whose id is written in other letters than what was asked for (STIX, 2.9)."""
        if ids is None:
            return page
        return Page([row for row in page.rows if read_header(self._render(row)).id in ids], page.more, page.end)

    def _authored(self, connection: Connection, viewer: Viewer, ids: Set[str], query: Query) -> list[Served]:
        """Return the rows that reach the viewer as sightings with one of *ids*."""
        if not viewer.merges or not any(each.startswith("sighting--") for each in ids):
            return []
        rows = self.store.pages.sightings(connection, viewer, query)
        return [row for row in rows if read_header(self._render(row)).id in ids]

    def _rendered(self, connection: Connection, viewer: Viewer, query: Query) -> list[int]:
        return [row.tick for row in self._authored(connection, viewer, query.ids or frozenset(), query)]

    def _after(self, query: Query, scope: Scope) -> int | None:
        return None if query.next is None else decode_cursor(query.next, scope(), self.cursor_key)

    def _answer(
        self, connection: Connection, collection: CollectionRow, page: Page, scope: Scope, body: "Body"
    ) -> Response:
        headers = _dated(page.rows[0].tick, page.rows[-1].tick) if page.rows else {"content-type": TAXII}
        cursor = None
        if page.more and page.end is not None:
            cursor = encode_cursor(page.end, scope(), self.cursor_key)
        return Response(status=200, headers=headers, body=body(connection, collection, page, cursor))

    def _render(self, row: Served) -> bytes:
        return rendered(row, author=identity_of(self.author))

    def _envelope(self, connection: Connection, collection: CollectionRow, page: Page, cursor: str | None) -> bytes:
        if page.rows:
            self._note(collection, [(row.tick, row.class_id) for row in page.rows])
        joined = b",".join(self._render(row) for row in page.rows)
        class_ids = [row.class_id for row in page.rows]
        custom = self._labels(connection, class_ids) if collection.kind == MEMBER and page.rows else b""
        return resources.envelope(joined, page.more, cursor, custom=custom)

    def _note(self, collection: CollectionRow, served: Sequence[tuple[int, int]]) -> None:
        if self.receipts is not None:
            self.receipts.note(collection.viewer_id, served)

    def _labels(self, connection: Connection, class_ids: Sequence[int]) -> bytes:
        keys = [self.store.grants.classes.name(connection, class_id) for class_id in class_ids]
        return label_members([key for key in keys if not key.startswith(PLAIN)])

    def _manifest(self, connection: Connection, collection: CollectionRow, page: Page, cursor: str | None) -> bytes:
        del connection, collection
        return resources.manifest(b",".join(map(self._record, page.rows)), page.more, cursor)

    def _record(self, row: Served) -> bytes:
        header = read_header(self._render(row))
        return resources.manifest_record(header.id, version_of(header, row.tick), date_added=row.tick)

    def _versions(self, connection: Connection, collection: CollectionRow, page: Page, cursor: str | None) -> bytes:
        del connection, collection
        texts = (resources.version_text(version_of(read_header(self._render(row)), row.tick)) for row in page.rows)
        return resources.versions(b",".join(texts), page.more, cursor)


Body = Callable[[Connection, CollectionRow, Page, str | None], bytes]


def _dated(first: int, last: int) -> dict[str, str]:
    """Return the header fields of a page that has objects (3.2)."""
    start = format_timestamp(first)
    end = start if first == last else format_timestamp(last)
    return {"content-type": TAXII, "x-taxii-date-added-first": start, "x-taxii-date-added-last": end}


EVERY_VERSION = Query(versions=AllVersions())


def every_version(query: Query) -> Query:
    """Return *query* for all versions."""
    return replace(query, versions=AllVersions())
