"""What the pages read of the service's answers; fields that they do not show are left out."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  # msgspec resolves field types when it decodes
from typing import Literal

import msgspec

Language = Literal["en", "fr"]
Winner = Literal["A", "B", "draw"]


class TypeItem(msgspec.Struct, frozen=True):
    """One of the eighteen types."""

    id: int
    identifier: str
    name: str


class PokemonItem(msgspec.Struct, frozen=True):
    """A form in a list."""

    id: int
    name: str
    types: list[TypeItem]


class Stats(msgspec.Struct, frozen=True):
    """The six stats."""

    hp: int
    attack: int
    defense: int
    special_attack: int
    special_defense: int
    speed: int


class Acquisition(msgspec.Struct, frozen=True):
    """One way to come to know a move."""

    method: str
    level: int | None
    inherited_from: int | None


class LearnableMove(msgspec.Struct, frozen=True):
    """A move that a form can know."""

    id: int
    learned: list[Acquisition]


class PokemonDetail(msgspec.Struct, frozen=True):
    """Everything about a form."""

    id: int
    name: str
    types: list[TypeItem]
    weight_kg: float
    base_stats: Stats
    stats_at_level_50: Stats
    moves: list[LearnableMove]


class Weakness(msgspec.Struct, frozen=True):
    """How hard attacks of a type hit."""

    attacking_type: TypeItem
    multiplier: float


class Weaknesses(msgspec.Struct, frozen=True):
    """What each attacking type does to a form, the worst first."""

    weaknesses: list[Weakness]


class MoveItem(msgspec.Struct, frozen=True):
    """A move in a list."""

    id: int
    name: str
    type: TypeItem
    category: str
    power: int
    accuracy: int | None
    pp: int
    priority: int


class Ailment(msgspec.Struct, frozen=True):
    """What a move may bring upon the target."""

    name: str
    chance: int


class StageChange(msgspec.Struct, frozen=True):
    """What a move may do to stages."""

    target: str
    chance: int
    stages: dict[str, int]


class MoveDetail(msgspec.Struct, frozen=True):
    """What a move does beside its damage, and who can know it."""

    min_hits: int
    max_hits: int
    drain_percent: int
    recoil_percent: int
    heal_percent: int
    traits: list[str]
    ailment: Ailment | None
    stage_change: StageChange | None
    learned_by: list[PokemonItem]


class Affinity(msgspec.Struct, frozen=True):
    """What an attack of one type does to one defending type."""

    attacking: TypeItem
    defending: TypeItem
    multiplier: float


class PokemonPage(msgspec.Struct, frozen=True):
    """A part of the list of forms."""

    total: int
    items: list[PokemonItem]


class MovePage(msgspec.Struct, frozen=True):
    """A part of the list of moves."""

    total: int
    items: list[MoveItem]


class TypePage(msgspec.Struct, frozen=True):
    """The list of types."""

    items: list[TypeItem]


class AffinityPage(msgspec.Struct, frozen=True):
    """The type chart."""

    items: list[Affinity]


class Question(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who fights whom, and what each can use."""

    pokemon_a_id: int
    pokemon_b_id: int
    available_moves: tuple[str, ...]
    available_moves_b: tuple[str, ...] | None = None


class MoveScore(msgspec.Struct, frozen=True):
    """What to expect when A opens with one move."""

    move_name: str
    move_power: int
    effective_power: float
    type_multiplier: float
    stab: float
    priority: int
    win_probability: float
    learnable: bool


class BestMove(msgspec.Struct, frozen=True):
    """The answer to a question, best move first."""

    prediction_id: str
    recommended_move: str
    win_probability: float
    model_version: str
    all_moves: list[MoveScore]


class Reason(msgspec.Struct, frozen=True):
    """What one subject adds to a move's chances, in points of win probability."""

    text: str
    details: list[str]
    points: float


class MoveExplanation(msgspec.Struct, frozen=True):
    """Why a move is as good as the model says, the weightiest reason first."""

    move_name: str
    reasons: list[Reason]


class Explanation(msgspec.Struct, frozen=True):
    """Why each move is as good as the model says."""

    model_version: str
    base_probability: float
    moves: list[MoveExplanation]


class Problem(msgspec.Struct, frozen=True):
    """Why a request was not answered (RFC 9457)."""

    title: str
    status: int
    detail: str = ""
    trace_id: str | None = None


class BatchAnswer(msgspec.Struct, frozen=True):
    """An answer or a problem for each question."""

    results: list[msgspec.Raw]


class Told(msgspec.Struct, frozen=True):
    """What is stored of who won."""

    winner: Winner
    received_at: datetime
