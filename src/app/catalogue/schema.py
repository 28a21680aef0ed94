"""Answers of the catalogue."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

FormKind = Literal["base", "alola", "mega", "partner"]
Category = Literal["physical", "special", "status"]
LearnMethod = Literal["level", "machine", "tutor", "gift"]
Multiplier = Annotated[float, Meta(ge=0, le=4, description="0, 0.25, 0.5, 1, 2 or 4")]


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """A name in both languages."""

    en: str
    fr: str


class TypeItem(msgspec.Struct, frozen=True, kw_only=True):
    """One of the eighteen types."""

    id: Annotated[int, Meta(ge=1, le=18)]
    identifier: str
    name: str


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """The six stats."""

    hp: int
    attack: int
    defense: int
    special_attack: int
    special_defense: int
    speed: int


class PokemonItem(msgspec.Struct, frozen=True, kw_only=True):
    """A form in a list."""

    id: Annotated[int, Meta(description="PokeAPI's id of the form", examples=[25])]
    identifier: str
    name: str
    species_id: Annotated[int, Meta(description="National number, shared by a species' forms")]
    kind: FormKind
    types: list[TypeItem]


class Acquisition(msgspec.Struct, frozen=True, kw_only=True):
    """One way to come to know a move."""

    method: LearnMethod
    level: Annotated[int | None, Meta(description="For the method 'level'; 0 is on evolving")]
    inherited_from: Annotated[
        int | None, Meta(description="Id of the pre-evolution that the move is kept from")
    ]


class LearnableMove(msgspec.Struct, frozen=True, kw_only=True):
    """A move that a form can know, with every way to it."""

    id: int
    identifier: str
    name: str
    type: TypeItem
    category: Category
    power: int
    learned: list[Acquisition]


class PokemonDetail(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about a form."""

    id: int
    identifier: str
    name: str
    names: Names
    species_id: int
    kind: FormKind
    types: list[TypeItem]
    weight_kg: float
    base_stats: Stats
    stats_at_level_50: Annotated[
        Stats, Meta(description="IVs 31, no awakening values, neutral nature, friendship 70")
    ]
    moves: list[LearnableMove]


class Weakness(msgspec.Struct, frozen=True, kw_only=True):
    """How hard attacks of a type hit."""

    attacking_type: TypeItem
    multiplier: Multiplier


class PokemonWeaknesses(msgspec.Struct, frozen=True, kw_only=True):
    """What each attacking type does to a form, the worst first."""

    id: int
    name: str
    types: list[TypeItem]
    weaknesses: list[Weakness]


class MoveItem(msgspec.Struct, frozen=True, kw_only=True):
    """A move in a list."""

    id: Annotated[int, Meta(description="PokeAPI's id of the move", examples=[57])]
    identifier: str
    name: str
    type: TypeItem
    category: Category
    power: Annotated[int, Meta(ge=0, description="Base power; 0 where it has no fixed one")]
    accuracy: Annotated[int | None, Meta(description="Percent; null where it never misses")]
    pp: Annotated[int, Meta(description="Base; a battle starts with 8/5 of it")]
    priority: int


class StageChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a move may do to the stages of the user or the foe."""

    target: Literal["self", "foe"]
    chance: Annotated[int, Meta(description="Percent, given a hit")]
    stages: dict[str, int]


class Ailment(msgspec.Struct, frozen=True, kw_only=True):
    """What a move may bring upon the target."""

    name: str
    chance: Annotated[int, Meta(description="Percent, given a hit")]


class MoveDetail(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about a move that counts in a battle."""

    id: int
    identifier: str
    name: str
    names: Names
    type: TypeItem
    category: Category
    power: int
    accuracy: int | None
    pp: int
    priority: int
    damage_rule: Annotated[str, Meta(description="How its damage comes about")]
    fixed_damage: Annotated[int, Meta(description="HP; 0 unless the rule is 'fixed'")]
    min_hits: int
    max_hits: int
    crit_stage: int
    drain_percent: Annotated[int, Meta(description="Of the damage dealt")]
    recoil_percent: Annotated[int, Meta(description="Of the damage dealt")]
    heal_percent: Annotated[int, Meta(description="Of the user's full HP")]
    traits: Annotated[list[str], Meta(description="What else is true of it, such as 'charges'")]
    ailment: Ailment | None
    stage_change: StageChange | None
    special_effect: str | None
    learned_by: Annotated[list[PokemonItem], Meta(description="The forms that can know it")]


class Affinity(msgspec.Struct, frozen=True, kw_only=True):
    """What an attack of one type does to one defending type."""

    attacking: TypeItem
    defending: TypeItem
    multiplier: Annotated[float, Meta(description="0, 0.5, 1 or 2")]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a list."""

    total: Annotated[int, Meta(ge=0, description="How many there are in all")]
    limit: int
    offset: int


class PokemonPage(Page, frozen=True, kw_only=True):
    """A part of a list of forms."""

    items: list[PokemonItem]


class MovePage(Page, frozen=True, kw_only=True):
    """A part of a list of moves."""

    items: list[MoveItem]


class TypePage(Page, frozen=True, kw_only=True):
    """A part of the list of types."""

    items: list[TypeItem]


class AffinityPage(Page, frozen=True, kw_only=True):
    """A part of the type chart."""

    items: list[Affinity]
