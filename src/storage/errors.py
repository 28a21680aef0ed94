"""What can go wrong with the database, in the service's own words.

StorageError
├── DatabaseUnavailableError    nobody answers, or not in time; comes and goes
├── DatabaseRefusedError        the server answers and refuses: credentials, rights, a bad URL
└── StaleSchemaError            the schema is not the one of this code
"""


class StorageError(Exception):
    """The base of all errors of storage; the driver's own error is its cause."""


class DatabaseUnavailableError(StorageError):
    """The database cannot be reached, or does not answer in time."""


class DatabaseRefusedError(StorageError):
    """The database answers and refuses."""


class StaleSchemaError(StorageError):
    """The database's schema is older or newer than this code."""
