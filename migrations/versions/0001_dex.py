"""The dex: forms, moves, types, learnsets, and the version that tells when they change."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Render the SQL beside this file."""
    sql = Path(__file__).parents[1] / "sql" / "0001_dex.up.sql"
    op.get_context().impl.static_output(sql.read_text(encoding="utf-8"))
