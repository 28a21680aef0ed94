"""What can go wrong with the database, in the service's own words.

StorageError
├── DatabaseUnavailableError         nobody answers, or not in time; comes and goes
├── DatabaseRefusedError             the server answers and refuses: credentials, rights, a row
│   └── DatabaseUrlError             the URL is not one
├── HeldElsewhereError               somebody else has what one may have at a time
├── StaleSchemaError                 the schema is not the one of this code
└── EmbeddedDatabaseError            our own server cannot be started
    └── EmbeddedDatabaseBusyError    another process runs it
"""


class StorageError(Exception):
    """The base of all errors of storage; the driver's own error is its cause."""


class DatabaseUnavailableError(StorageError):
    """The database cannot be reached, or does not answer in time."""


class DatabaseRefusedError(StorageError):
    """The database answers and refuses."""


class DatabaseUrlError(DatabaseRefusedError):
    """The database's URL cannot be used; the message holds no part of it."""


class HeldElsewhereError(StorageError):
    """Somebody else has what only one may have at a time."""


class StaleSchemaError(StorageError):
    """The database's schema is older or newer than this code."""


class EmbeddedDatabaseError(StorageError):
    """The embedded server cannot be started."""


class EmbeddedDatabaseBusyError(EmbeddedDatabaseError):
    """Another process runs the embedded server of this folder."""
