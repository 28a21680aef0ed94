"""What a query asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import msgspec


def columns(row: type[msgspec.Struct]) -> str:
    """List what a struct holds, for a query: a column that a later release adds is not read."""
    return ", ".join(row.__struct_fields__)
