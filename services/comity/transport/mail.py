"""Sending short notes by e-mail through one server (SMTP, RFC 5321), with TLS unless the operator says otherwise."""

import re
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage

from comity.errors import SyncError

ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
"""The addresses that notes are sent to."""

_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where notes are handed over, and as whom."""

    host: str
    port: int
    tls: str
    """``starttls``, ``tls`` from the first byte, or ``none``."""
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)

    def send(self, to: str, subject: str, text: str) -> None:
        """Send a note.

        Raises:
            SyncError: the server could not be reached, or did not take it; nothing of the note is in the message.
        """
        note = EmailMessage()
        note["From"], note["To"], note["Subject"] = self.sender, to, subject
        note.set_content(text)
        try:
            with self._connected() as server:
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(note)
        except (OSError, smtplib.SMTPException) as error:
            raise SyncError(f"mail server {self.host[:100]!r}: {type(error).__name__}") from error

    def _connected(self) -> smtplib.SMTP:
        if self.tls == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, timeout=_SECONDS, context=context)
        server = smtplib.SMTP(self.host, self.port, timeout=_SECONDS)
        if self.tls == "starttls":
            server.starttls(context=ssl.create_default_context())
        return server
