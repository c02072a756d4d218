"""Host names in ASCII and lower case (RFC 1123, RFC 5890, UTS #46).

A label is folded first (NFKC and case folding), so that decomposed and upper-case spellings agree, and then encoded. As
the folding comes first, a sharp s is two of them; only its encoded form ``xn--`` is a name of its own. Look-alikes stay
apart. The last label is no number, because programs read such names as addresses.
"""

import re
from unicodedata import normalize

import can_ada

from comity.errors import InvalidObjectError

PLAIN = r"(?:[a-z0-9_-]{1,63}\.)*[a-z_][a-z0-9_-]{0,62}"
"""A host name that is canonical as it stands, if it is not too long and no label of it is encoded."""

LONGEST = 253
ENCODED = "xn--"
_PLAIN = re.compile(PLAIN)
_DOTS = re.compile("[.\u3002\uff0e\uff61]")
_LABELS = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")


def host_name(text: str) -> str:
    """Return the canonical form of a host name.

    Raises:
        InvalidObjectError: *text* is no host name, or one that reads as an address.
    """
    if _PLAIN.fullmatch(text) and len(text) <= LONGEST and ENCODED not in text:
        return text
    name = _folded(text)
    if not _LABELS.fullmatch(name) or len(name) > LONGEST:
        raise InvalidObjectError(f"host name is {text[:80]!r}, expected labels of letters, digits and hyphens")
    if _NUMBER.fullmatch(name):
        raise InvalidObjectError(f"host name is {text[:80]!r}, expected a last label that is no number")
    if ENCODED in name and _encoded(name) != name:
        raise InvalidObjectError(f"host name is {text[:80]!r}, expected encoded labels that IDNA allows")
    return name


def _folded(text: str) -> str:
    """Return *text* in lower-case ASCII without its final dot, or nothing where that cannot be."""
    if text.isascii():
        return text.lower().removesuffix(".")
    labels = [normalize("NFKC", normalize("NFKC", label).casefold()) for label in _DOTS.split(text)]
    if any("." in label for label in labels):
        return ""
    return _encoded(".".join(labels)).removesuffix(".")


def _encoded(name: str) -> str:
    """Return *name* with every label in its ASCII form, or nothing where IDNA forbids one."""
    try:
        return can_ada.idna_encode(name).decode("ascii", "replace")
    except TypeError:  # half a surrogate pair
        return ""
