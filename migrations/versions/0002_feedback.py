"""Feedback: what became of predicted battles."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Render the SQL beside this file."""
    sql = Path(__file__).parents[1] / "sql" / "0002_feedback.up.sql"
    op.get_context().impl.static_output(sql.read_text(encoding="utf-8"))
