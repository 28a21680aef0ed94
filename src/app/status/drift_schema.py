"""Answers of ``/drift``."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from drift.report import DriftReport  # noqa: TC001  # msgspec resolves field types

ReportState = Literal["current", "none", "database_unavailable"]


class CaptureState(msgspec.Struct, frozen=True, kw_only=True):
    """Predictions of this process on their way to a file."""

    pending_rows: Annotated[
        int, Meta(description="In the journal or in memory, and in no file yet: no report has them")
    ]
    trouble: Annotated[
        str | None, Meta(description="What keeps them from their files, if anything does")
    ]


class DriftAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How far production has moved from what the model was trained for."""

    report_state: Annotated[
        ReportState,
        Meta(
            description="`none` before the worker has made a report; `database_unavailable` when "
            "a newer one may exist than is shown"
        ),
    ]
    report_age_seconds: float | None
    model_version: Annotated[str | None, Meta(description="The one that answers now")]
    report: Annotated[DriftReport | None, Meta(description="The last one of the worker")]
    capture: CaptureState
