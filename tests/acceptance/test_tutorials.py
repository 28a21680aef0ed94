"""The tour, docs/tutorials/tour.md, followed against a service.

What it does with the whole stack, `test_stack.py` follows, and `retrain.md`, `test_rehearsal.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import polars as pl
from tests.acceptance.reader import Reader
from tests.documentation.pages import blocks, read

if TYPE_CHECKING:
    from tests.acceptance.service import Service

HERE: Final = "http://localhost:8000"
STACK: Final = "## Follow its trace"


def test_the_tour(service: Service) -> None:
    """An answer, why, the counters, the row with the same answer, and a file of a hundred."""
    reader = Reader("docs/tutorials/tour.md", service.data_dir.parent, {HERE: service.url})
    reader.follow(reader.text.partition(STACK)[0])
    assert '"recommended_move":"Earthquake"' in reader.printed
    assert "hits Electric for double damage" in reader.printed
    assert '"identifier":"lapras"' in reader.printed
    assert re.search(r"^model_predictions_total.* \d", reader.printed, re.MULTILINE)
    assert "the same answer, from the same features" in reader.printed
    assert re.search(r"production_data_\d{8}_\d{6}(_\d+)?\.parquet", reader.printed)
    assert reader.names["rows"].height >= 100


def test_a_row_is_found_by_its_trace(service: Service) -> None:
    """The block of observability.md gives a row for the trace that stands in it."""
    found = [one.code for one in blocks(read("docs/observability.md")) if one.language == "python"]
    (code,) = found
    files = service.data_dir / "production" / "*.parquet"
    trace = pl.scan_parquet(files).select("trace_id").drop_nulls().first().collect().item()
    *lines, expression = code.replace("data/production/*.parquet", str(files)).strip().splitlines()
    names: dict[str, object] = {}
    exec("\n".join(lines), names)  # noqa: S102  # our own page
    rows = eval(expression.replace("...", trace), names)  # noqa: S307  # likewise
    assert rows["trace_id"].to_list() == [trace] * rows.height
    assert rows.height >= 1
