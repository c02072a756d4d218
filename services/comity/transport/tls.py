"""TLS for both sides: what a service serves with, what it trusts where it calls (TAXII 2.1, 8.2.2; RFC 8996, 9325).

TLS 1.2 and 1.3 only; with 1.2 only cipher suites with forward secrecy and authenticated encryption, none of which is
on the list of those that HTTP/2 forbids. Every file is read when the context is made, so that whatever is wrong with
one is said at the start.
"""

import os
import ssl
import stat
from pathlib import Path

from comity.errors import SettingsError

_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
_OTHERS = stat.S_IRWXO | stat.S_IWGRP | stat.S_IXGRP
_ROOT = 0


def server_context(certificate: str, key: str, *, client_ca: str = "") -> ssl.SSLContext:
    """Return what a service serves https with; with *client_ca* it refuses clients without a certificate of theirs.

    Raises:
        SettingsError: a file cannot be used; the message names the setting.
    """
    context = _modern(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    context.set_alpn_protocols(["http/1.1"])
    _load_pair(context, certificate, key, names=("tls_certificate", "tls_key"))
    if client_ca:
        _load_authorities(context, client_ca, name="tls_client_ca")
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def client_context(*, ca: str = "", certificate: str = "", key: str = "") -> ssl.SSLContext:
    """Return what a node calls its federation with: it trusts the authorities in *ca* alone, or else the usual ones.

    Raises:
        SettingsError: a file cannot be used; the message names the setting.
    """
    context = _modern(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    if ca:
        _load_authorities(context, ca, name="federation_ca")
    else:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if certificate or key:
        _load_pair(context, certificate, key, names=("federation_certificate", "federation_key"))
    return context


def _modern(context: ssl.SSLContext) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    return context


def _load_pair(context: ssl.SSLContext, certificate: str, key: str, *, names: tuple[str, str]) -> None:
    for name, other, path in ((names[0], names[1], certificate), (names[1], names[0], key)):
        if not path:
            raise SettingsError(f"{name} is empty, expected a PEM file beside {other}")
        _check_readable(name, path)
    _check_secret(names[1], key)
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except ssl.SSLError as error:
        raise SettingsError(_meaning(error, certificate, key, names)) from error


def _load_authorities(context: ssl.SSLContext, path: str, *, name: str) -> None:
    _check_readable(name, path)
    if not _holds_certificates(path):
        raise SettingsError(f"{name}: {path!r} holds no certificate, expected PEM")
    context.load_verify_locations(path)


def _check_readable(name: str, path: str) -> None:
    try:
        Path(path).read_bytes()
    except OSError as error:
        raise SettingsError(f"{name}: {path!r} cannot be read: {error.strerror}") from error


def _check_secret(name: str, path: str) -> None:
    """Refuse a key that others can read; the group may read one that belongs to root, as package managers keep them."""
    found = Path(path).stat()
    forbidden = _OTHERS | (0 if found.st_uid == _ROOT and os.geteuid() != _ROOT else stat.S_IRGRP)
    if found.st_mode & forbidden:
        mode = stat.S_IMODE(found.st_mode)
        raise SettingsError(f"{name}: {path!r} has mode {mode:04o}, expected 0600: nobody else may read it")


def _no_password() -> str:
    raise SettingsError("the key is encrypted, expected one without a passphrase")


def _meaning(error: ssl.SSLError, certificate: str, key: str, names: tuple[str, str]) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"{names[1]}: {key!r} is not the key of the certificate in {certificate!r}"
    name, path = (names[1], key) if _holds_certificates(certificate) else (names[0], certificate)
    return f"{name}: {path!r} cannot be used, expected PEM: {error.reason or 'not understood'}"


def _holds_certificates(path: str) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        return False
    return True
