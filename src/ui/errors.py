"""Why the service has not answered.

ApiError
├── ApiAwayError         nothing answers, or not in time
├── StrangeAnswerError   what answers is no Dexwatch, or another release of it
├── UnreadableKeyError   the key for feedback cannot be read, and nothing is asked
└── RefusedError         it answers with a problem
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ui.schema import Problem


class ApiError(Exception):
    """The service has not answered what was asked."""


class ApiAwayError(ApiError):
    """Nothing answers at the service's address, or not in time."""


class StrangeAnswerError(ApiError):
    """What answers does not speak as the service does."""


class UnreadableKeyError(ApiError):
    """The file that should hold the key for feedback holds none, or may not be read."""


class RefusedError(ApiError):
    """The service has answered with a problem."""

    def __init__(self, problem: Problem, retry_after: str | None = None) -> None:
        super().__init__(f"{problem.status} {problem.title}: {problem.detail}")
        self.problem = problem
        self.retry_after = retry_after
        """Seconds after which it may be asked again, if the service says so."""
