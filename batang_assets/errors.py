"""The errors a person is meant to read: one line that says what is wrong, where, and how to mend it.

The command line prints the message alone and exits with status 1; Dagster shows it as the failure of a step.
No message may hold a value of a person's record.
"""


class BatangError(Exception):
    """Base of every expected failure. ``str(error)`` is one line, fit to be shown as it is."""


class ConfigurationError(BatangError):
    """A setting, key, database or folder is missing or wrong: mended by the operator, never by a retry."""


class SourceError(BatangError):
    """Batang Career cannot be read, refuses us, or does not keep the extract contract."""


class DataError(BatangError):
    """Data do not fit their declaration (contract, code book, template, row limits)."""


class GateClosed(BatangError):
    """An output was asked for a period whose quality gate did not pass (Nota Kesepakatan pasal 6(1)c)."""


class DeliveryError(BatangError):
    """SIAPkerja refuses a delivery for good, or our own books of it do not close."""
