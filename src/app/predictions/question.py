"""What a request asks, with its ids and names looked up in the dex."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from app.problems.exceptions import UnknownMoveError, UnknownPokemonError
from inference.scoring import Duel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.predictions.schema import BestMoveRequest
    from app.served_dex import ServedDex
    from telemetry.sampling import PerSecond

MOST_SUGGESTED: Final = 10
"""Unknown names of a request, or of a batch, for which near ones are looked for."""
SUGGESTED_A_SECOND: Final = 25
"""Of all requests: to compare one with every name takes the event loop two milliseconds, which is
what hundreds of known ones take."""


class Question(msgspec.Struct, frozen=True):
    """A request that has been understood."""

    duel: Duel
    asked: tuple[int, ...]
    """A's moves by id, each once, in the order they were asked for."""
    asked_b: tuple[int, ...] | None
    """B's likewise; None where the request left them open."""
    repeated: int
    """How many names only repeated a move."""


class QuestionReader:
    """Understands requests against one dex; what is unknown is only looked for once."""

    def __init__(self, dex: ServedDex, suggesting: PerSecond) -> None:
        """Take the dex, and what lets names near to unknown ones be looked for."""
        self._dex = dex
        self._suggesting = suggesting
        self._suggestions: dict[str, Sequence[str]] = {}

    def read(self, request: BestMoveRequest) -> Question:
        """Look up the ids and names of a request.

        Raises:
            UnknownPokemonError: an id is not in the dex.
            UnknownMoveError: a name is not a move's.

        """
        own, foe = request.pokemon_a_id, request.pokemon_b_id
        for field, form_id in (("pokemon_a_id", own), ("pokemon_b_id", foe)):
            if form_id not in self._dex.forms:
                raise UnknownPokemonError(form_id, f"/{field}")
        asked = self._moves(request.available_moves, "available_moves")
        asked_b = (
            None
            if request.available_moves_b is None
            else self._moves(request.available_moves_b, "available_moves_b")
        )
        duel = Duel(
            own, foe, tuple(sorted(asked)), None if asked_b is None else tuple(sorted(asked_b))
        )
        named = len(request.available_moves) + len(request.available_moves_b or ())
        repeated = named - len(asked) - len(asked_b or ())
        return Question(duel, asked, asked_b, repeated)

    def _moves(self, names: Sequence[str], field: str) -> tuple[int, ...]:
        resolve = self._dex.move_names.resolve
        moves: dict[int, None] = {}
        for position, name in enumerate(names):
            move_id = resolve(name)
            if move_id is None:
                raise UnknownMoveError(name, self._suggest(name), f"/{field}/{position}")
            moves[move_id] = None
        return tuple(moves)

    def _suggest(self, name: str) -> Sequence[str]:
        found = self._suggestions.get(name)
        if found is not None:
            return found
        if len(self._suggestions) >= MOST_SUGGESTED or not self._suggesting.take():
            return ()
        found = self._suggestions[name] = self._dex.move_names.suggest(name)
        return found
