"""The migrations' files, without a database."""

from __future__ import annotations

from alembic.config import Config
from alembic.script import ScriptDirectory

from storage.migrations import FOLDER, head_revision


def _script() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def test_the_newest_file_is_the_head() -> None:
    """What a start compares without Alembic is what Alembic would say."""
    assert _script().get_heads() == [head_revision()]


def test_revisions_are_one_line_each_with_its_sql() -> None:
    """Numbers follow each other without a gap or a branch, and every one has its file of SQL."""
    revisions = [each.revision for each in _script().walk_revisions()][::-1]
    assert revisions == [f"{number:04d}" for number in range(1, len(revisions) + 1)]
    sql = sorted(path.name.partition("_")[0] for path in (FOLDER / "sql").glob("*.up.sql"))
    assert sql == revisions
