"""The literals and keys of STIX patterns, each in one spelling (STIX 2.1, 9.2, 9.7 and 10.6)."""

from base64 import b64decode, b64encode

from comity.dedup.pattern_tree import Literal

_HASHES = ("MD5", "SHA-1", "SHA-256", "SHA-512", "SHA3-256", "SHA3-512", "SSDEEP", "TLSH")
_HASH_NAMES = {name.replace("-", ""): name for name in _HASHES}


def literal_of(kind: str, text: str) -> Literal:
    """Return the literal that a token of *kind* stands for."""
    match kind:
        case "string":
            return Literal("string", unquoted(text))
        case "integer" | "float":
            return Literal("number", number(text))
        case "timestamp":
            return Literal("timestamp", timestamp(text))
        case "hex":
            return Literal("hex", text[2:-1].lower())
        case "binary":
            return Literal("binary", b64encode(b64decode(text[2:-1])).decode())
        case _:
            return Literal("boolean", text)


def literal_text(literal: Literal) -> str:
    """Return the canonical spelling of *literal*."""
    match literal.kind:
        case "string":
            return quoted(literal.value)
        case "timestamp" | "hex" | "binary":
            return f"{literal.kind[0]}'{literal.value}'"
        case _:
            return literal.value


def quoted(text: str) -> str:
    """Return the string literal of *text*."""
    if "\\" in text or "'" in text:
        text = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{text}'"


def unquoted(literal: str) -> str:
    """Return the text of a string literal."""
    text = literal[1:-1]
    if "\\" not in text:
        return text
    return "\\".join(part.replace("\\'", "'") for part in text.split("\\\\"))


def number(text: str) -> str:
    """Return a decimal number without a plus sign, needless zeros or a negative zero."""
    sign = "-" if text[0] == "-" else ""
    whole, _, fraction = text.lstrip("+-").partition(".")
    whole, fraction = whole.lstrip("0"), fraction.rstrip("0")
    if not whole and not fraction:
        return "0"
    return f"{sign}{whole or '0'}.{fraction}" if fraction else f"{sign}{whole}"


def timestamp(literal: str) -> str:
    """Return the time of a timestamp literal without needless zeros behind the second."""
    text = literal[2:-2]
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}Z"


def hash_name(key: str) -> str:
    """Return *key* as the vocabulary of hash algorithms spells it, or as it is when it is not of them."""
    return _HASH_NAMES.get(key.upper().replace("-", ""), key)
