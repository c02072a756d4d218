"""An edition as PDF, set by typst; what an edition says reaches it as data, never as markup."""

import json
from functools import cache
from importlib.resources import files

import msgspec

from comity.oversight.edition import Signed

_TEMPLATE = "edition.typ"


def as_pdf(signed: Signed) -> bytes:
    """Return the edition as PDF; the same bytes for the same edition."""
    import typst  # noqa: PLC0415  # 80 MB that only those need who ask for a PDF

    given = {
        "edition": json.dumps(msgspec.to_builtins(signed.edition)),
        "digest": signed.digest,
        "signature": signed.signature.hex(),
    }
    made: bytes = typst.compile(_template(), sys_inputs=given, format="pdf", ignore_system_fonts=True)
    return made


@cache
def _template() -> bytes:
    return files(__package__ or "").joinpath(_TEMPLATE).read_bytes()
