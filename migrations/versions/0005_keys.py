"""API keys, what was done to them, and whose feedback is whose."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Render the SQL beside this file."""
    sql = Path(__file__).parents[1] / "sql" / "0005_keys.up.sql"
    op.get_context().impl.static_output(sql.read_text(encoding="utf-8"))
