"""Every exception that Comity raises on purpose.

ComityError
+-- InvalidObjectError      an object, pattern or document is not what its standard says
+-- InvalidRequestError     a TAXII or API request cannot be understood
+-- RefusedError            the caller may not do this
+-- NotFoundError           absent, or invisible to the caller: the two look the same
+-- PolicyError             a rule set, profile or label is unusable; nothing is released under it
+-- SyncError               the other side could not be reached or did not keep the protocol
+-- SettingsError           the configuration is unusable
+-- LedgerError             a log, proof, key or signature is not what it should be
"""


class ComityError(Exception):
    """The base of all errors of Comity."""


class InvalidObjectError(ComityError):
    """An object, pattern or document does not conform to its standard."""


class InvalidRequestError(ComityError):
    """A request cannot be understood."""


class RefusedError(ComityError):
    """The caller is known and may not do this."""


class NotFoundError(ComityError):
    """The thing asked for is absent or invisible to the caller."""


class PolicyError(ComityError):
    """A rule set or profile cannot be used; fail closed."""


class SyncError(ComityError):
    """The peer could not be reached or answered outside the protocol."""


class SettingsError(ComityError):
    """The configuration cannot be used."""


class LedgerError(ComityError):
    """A log, a proof, a key or a signature is not what it should be; nothing rests on it."""
