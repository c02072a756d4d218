"""The error message resource (TAXII 2.1, 3.6.1)."""

import msgspec

_LONGEST_TEXT = 500
_MARKUP = ((b"<", b"\\u003c"), (b">", b"\\u003e"), (b"&", b"\\u0026"))


class ErrorMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong, for a machine (``error_code``), its log (``error_id``) and its reader (``title``)."""

    title: str
    description: str | None = None
    error_id: str | None = None
    error_code: str | None = None
    http_status: str
    external_details: str | None = None
    details: dict[str, str] | None = None


_encoder = msgspec.json.Encoder()


def error_body(
    status: int,
    title: str,
    *,
    description: str | None = None,
    error_id: str | None = None,
    error_code: str | None = None,
    details: dict[str, str] | None = None,
) -> bytes:
    """Return the body of an answer of HTTP status *status*; what it quotes of the request cannot act as markup."""
    body = _encoder.encode(
        ErrorMessage(
            title=_plain(title),
            description=description and _plain(description),
            error_id=error_id,
            error_code=error_code,
            http_status=str(status),
            details=details,
        )
    )
    for sign, escape in _MARKUP:
        body = body.replace(sign, escape)
    return body


def _plain(text: str) -> str:
    """Return *text* short, and without the lone surrogates that no JSON body may hold."""
    return text[:_LONGEST_TEXT].encode("utf-8", "replace").decode()
