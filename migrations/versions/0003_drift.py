"""Drift: reports on how far production has moved."""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Render the SQL beside this file."""
    sql = Path(__file__).parents[1] / "sql" / "0003_drift.up.sql"
    op.get_context().impl.static_output(sql.read_text(encoding="utf-8"))
