"""What versions of a model are called beside the alias that serves."""

from __future__ import annotations

from typing import Final

CHALLENGER: Final = "challenger"
"""Is to replace the champion, if it passes the gate."""
PREVIOUS: Final = "previous"
"""Was the champion before this one: where a rollback leads."""
SHADOW: Final = "shadow"
"""Is scored beside the champion: a challenger, or the one before while the new one is watched."""
