"""OpenIOC 1.0 and 1.1, XML: nested AND and OR of items, as observables where one item says it all, else as patterns.

What stands alone below OR is an object of its own. What stands below AND is one pattern of observations (STIX 2.1,
9.5), since nothing says that the items are about one and the same thing. A condition that has no counterpart refuses
the whole branch, for a pattern without it would match more.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from comity.dedup.canonical import Observable
from comity.dedup.pattern_literals import quoted
from comity.dedup.patterns import check_pattern, pattern_for
from comity.errors import InvalidObjectError
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from comity_feeds.authoring import Context, Rule, Subject
from comity_feeds.drafts import Draft, authored
from comity_feeds.options import FeedOptions
from comity_feeds.reading import unpack
from comity_feeds.recognition import recognise
from comity_feeds.record import FeedRecord
from comity_feeds.times import time_or_none

_KINDS = {
    "FileItem/Md5sum": "file:md5",
    "FileItem/Sha1sum": "file:sha1",
    "FileItem/Sha256sum": "file:sha256",
    "FileItem/FullPath": "file:path",
    "Network/DNS": "domain",
    "DnsEntryItem/Host": "domain",
    "DnsEntryItem/RecordName": "domain",
    "PortItem/remoteIP": "ip",
    "RouteEntryItem/Destination": "ip",
    "UrlHistoryItem/URL": "url",
    "Network/URI": "url",
    "Email/From": "email",
}
_PATHS = {
    "FileItem/FileName": "file:name",
    "FileItem/FullPath": "file:name",
    "RegistryItem/Path": "windows-registry-key:key",
    "RegistryItem/KeyPath": "windows-registry-key:key",
    "ProcessItem/name": "process:name",
    "ProcessItem/HandleList/Handle/Name": "mutex:name",
    "ServiceItem/name": "process:extensions.'windows-service-ext'.service_name",
    "Network/UserAgent": "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'",
}
"""What has no kind of observable, or is only searched for in part."""

_MOST_LEVELS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    place: str
    search: str
    condition: str
    content: str


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield an indicator for every branch of the criteria, and an error for every one that cannot be said in STIX.

    Raises:
        InvalidObjectError: the source is no OpenIOC document, or declares entities or a document type.
    """
    settings = FeedOptions.of(options)
    root = _root(unpack(source, settings.limits))
    context = Context(
        notes=tuple(filter(None, (_text(root, "short_description"), _text(root, "description")))),
        changed=time_or_none(root.get("last-modified", "")),
        references=tuple(filter(None, (root.get("id", ""),))),
    )
    return authored(_drafts(root, context), settings)


def _root(body: bytes) -> Element:
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise InvalidObjectError(f"no XML without a document type: {str(error)[:120]}") from error
    if _name(root).lower() not in {"ioc", "openioc"}:
        raise InvalidObjectError(f"document is {_name(root)[:40]!r}, expected ioc or OpenIOC")
    return root


def _drafts(root: Element, context: Context) -> Iterator[Draft | FeedRecord]:
    tops = [child for part in root if _name(part) in {"criteria", "definition"} for child in part]
    for number, top in enumerate(tops, 1):
        yield from _branches(top, f"indicator {number}", context, level=0)


def _branches(node: Element, place: str, context: Context, *, level: int) -> Iterator[Draft | FeedRecord]:
    """Yield a draft for every alternative that *node* is."""
    try:
        is_choice = _name(node) == "Indicator" and _operator(node) == "OR"
        if not is_choice or level >= _MOST_LEVELS:
            yield Draft(place=place, subject=_subject(node, place, level), context=context)
            return
    except InvalidObjectError as error:
        yield FeedRecord.refused(place, error)
        return
    for number, child in enumerate(_parts(node), 1):
        yield from _branches(child, f"{place}, item {number}", context, level=level + 1)


def _subject(node: Element, place: str, level: int) -> Subject:
    found = _of_node(node, place, level)
    if isinstance(found, Observable):
        return found
    check_pattern(found)
    return Rule(key=found, name=node.get("id", "") or place, pattern=found)


def _of_node(node: Element, place: str, level: int) -> Observable | str:
    """Return the observable that *node* is, or else its pattern."""
    if level > _MOST_LEVELS:
        raise InvalidObjectError(f"criteria are nested deeper than {_MOST_LEVELS} levels")
    if _name(node) == "IndicatorItem":
        return _of_item(_item(node, place))
    if _name(node) != "Indicator":
        raise InvalidObjectError(f"criteria hold {_name(node)[:40]!r}, expected Indicator or IndicatorItem")
    parts = [_of_node(child, place, level + 1) for child in _parts(node)]
    if not parts:
        raise InvalidObjectError("Indicator is empty")
    if len(parts) == 1:
        return parts[0]
    texts = (pattern_for(each) if isinstance(each, Observable) else each for each in parts)
    return f"({f' {_operator(node)} '.join(texts)})"


def _of_item(item: _Item) -> Observable | str:
    path = _PATHS.get(item.search)
    if item.condition == "contains" and path:
        escaped = item.content.replace("%", "\\%").replace("_", "\\_")
        return f"[{path} LIKE {quoted(f'%{escaped}%')}]"
    kind = _KINDS.get(item.search)
    if kind is None and path is None:
        raise InvalidObjectError(f"{item.search[:80]!r} is no term that is read")
    if item.condition not in {"is", "contains"} or (item.condition == "contains" and kind not in {"domain", "url"}):
        raise InvalidObjectError(f"condition is {item.condition[:40]!r} on {item.search[:80]}, expected is")
    if kind is not None and item.condition == "is":
        return recognise(item.content, kind).observable
    if kind is not None:
        return f"[{'domain-name' if kind == 'domain' else 'url'}:value LIKE {quoted(f'%{item.content}%')}]"
    return f"[{path} = {quoted(item.content)}]"


def _item(node: Element, place: str) -> _Item:
    if node.get("negate", "false").lower() == "true":
        raise InvalidObjectError("item is negated, which no single observation can show")
    context = next((child for child in node if _name(child) == "Context"), None)
    content = next((child for child in node if _name(child) == "Content"), None)
    if context is None or content is None or not (content.text or "").strip():
        raise InvalidObjectError("IndicatorItem lacks its Context or its Content")
    return _Item(
        place=place,
        search=context.get("search", ""),
        condition=node.get("condition", ""),
        content=(content.text or "").strip(),
    )


def _operator(node: Element) -> str:
    operator = node.get("operator", "").upper()
    if operator not in {"AND", "OR"}:
        raise InvalidObjectError(f"operator is {operator[:40]!r}, expected AND or OR")
    return operator


def _parts(node: Element) -> list[Element]:
    return [child for child in node if _name(child) in {"Indicator", "IndicatorItem"}]


def _name(node: Element) -> str:
    return str(node.tag).rpartition("}")[2]


def _text(root: Element, name: str) -> str:
    """Return the text of the first element called *name*; it stands below ``metadata`` since 1.1."""
    found = next((each for each in root.iter() if _name(each) == name), None)
    return (found.text or "").strip() if found is not None else ""
