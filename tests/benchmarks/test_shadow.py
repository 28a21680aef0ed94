"""The service with a model beside its champion, and without."""

from __future__ import annotations

from benchmarks.service.page import Table
from benchmarks.service.shadow import WITH, WITHOUT, Seen, counted, told


def test_what_a_shadow_did_is_what_the_service_counts() -> None:
    """All versions that were scored count together, and so do all reasons to pass over."""
    metrics = """# TYPE shadow_predictions_total counter
shadow_predictions_total{model_version="v2"} 30.0
shadow_predictions_total{model_version="v3"} 3.0
shadow_skips_total{reason="load"} 5.0
shadow_skips_total{reason="busy"} 2.0
model_predictions_total{model_version="v1"} 40.0
"""
    assert counted(metrics).tolist() == [33, 7]
    assert counted("").tolist() == [0, 0]


def test_a_shadow_is_told_by_ratios_of_rounds() -> None:
    """Each round with it stands beside the one without, and nothing was scored without."""
    without = [Seen(100 * n, 2, 4 * n, 0, 0, 0) for n in (1, 2, 4)]
    beside = [Seen(50 * n, 2, 8 * n, n, 10, 40) for n in (1, 2, 4)]
    _, seen, _, ratios = told({"half": {WITHOUT: without, WITH: beside}})
    assert isinstance(seen, Table)
    assert seen.rows == (
        ("half", WITHOUT, "200", "2.00", "8.00", "0", ""),
        ("half", WITH, "100", "2.00", "16.0", "7", "0.25"),
    )
    assert isinstance(ratios, Table)
    assert ratios.rows == (
        ("half", "requests/s", "0.50", "0.50 to 0.50"),
        ("half", "p50", "1.00", "1.00 to 1.00"),
        ("half", "p99", "2.00", "2.00 to 2.00"),
    )
