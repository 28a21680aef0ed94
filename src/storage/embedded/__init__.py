"""A PostgreSQL of our own, in one folder, for as long as the process runs."""

from storage.embedded.connection import DatabaseUrls
from storage.embedded.postgres import EmbeddedPostgres

__all__ = ["DatabaseUrls", "EmbeddedPostgres"]
