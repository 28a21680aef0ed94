"""How models come to serve: cycles, their audit, what is seen live, and the queue of jobs."""

from pathlib import Path

from alembic import op
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Render the SQL beside this file, and the tables of the queue as its library lays them out."""
    sql = Path(__file__).parents[1] / "sql" / "0004_lifecycle.up.sql"
    output = op.get_context().impl.static_output
    output(sql.read_text(encoding="utf-8"))
    output(QueryBuilderEnvironment().build_install_query())
