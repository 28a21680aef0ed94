"""Answers of the catalogue as the documentation shows them; tests hold them against the dex."""

from __future__ import annotations

from typing import Final

from app.catalogue.schema import (
    Acquisition,
    Affinity,
    AffinityPage,
    LearnableMove,
    MoveDetail,
    MoveItem,
    MovePage,
    Names,
    PokemonDetail,
    PokemonItem,
    PokemonPage,
    PokemonWeaknesses,
    Stats,
    TypeItem,
    TypePage,
    Weakness,
)

_GROUND: Final = TypeItem(id=5, identifier="ground", name="Ground")
_FIRE: Final = TypeItem(id=10, identifier="fire", name="Fire")
_WATER: Final = TypeItem(id=11, identifier="water", name="Water")
_ELECTRIC: Final = TypeItem(id=13, identifier="electric", name="Electric")

_PIKACHU: Final = PokemonItem(
    id=25, identifier="pikachu", name="Pikachu", species_id=25, kind="base", types=[_ELECTRIC]
)
_SQUIRTLE: Final = PokemonItem(
    id=7, identifier="squirtle", name="Squirtle", species_id=7, kind="base", types=[_WATER]
)
_SURF: Final = MoveItem(
    id=57,
    identifier="surf",
    name="Surf",
    type=_WATER,
    category="special",
    power=90,
    accuracy=100,
    pp=15,
    priority=0,
)

POKEMON_PAGE: Final = PokemonPage(total=1, limit=50, offset=0, items=[_PIKACHU])
POKEMON_DETAIL: Final = PokemonDetail(
    id=25,
    identifier="pikachu",
    name="Pikachu",
    names=Names(en="Pikachu", fr="Pikachu"),
    species_id=25,
    kind="base",
    types=[_ELECTRIC],
    weight_kg=6.0,
    base_stats=Stats(hp=35, attack=55, defense=40, special_attack=50, special_defense=50, speed=90),
    stats_at_level_50=Stats(
        hp=110, attack=76, defense=61, special_attack=71, special_defense=71, speed=112
    ),
    moves=[
        LearnableMove(
            id=85,
            identifier="thunderbolt",
            name="Thunderbolt",
            type=_ELECTRIC,
            category="special",
            power=90,
            learned=[Acquisition(method="level", level=21, inherited_from=None)],
        )
    ],
)
POKEMON_WEAKNESSES: Final = PokemonWeaknesses(
    id=25,
    name="Pikachu",
    types=[_ELECTRIC],
    weaknesses=[
        Weakness(attacking_type=_GROUND, multiplier=2.0),
        Weakness(attacking_type=_WATER, multiplier=1.0),
        Weakness(attacking_type=_ELECTRIC, multiplier=0.5),
    ],
)
MOVE_PAGE: Final = MovePage(total=1, limit=50, offset=0, items=[_SURF])
MOVE_DETAIL: Final = MoveDetail(
    id=57,
    identifier="surf",
    name="Surf",
    names=Names(en="Surf", fr="Surf"),
    type=_WATER,
    category="special",
    power=90,
    accuracy=100,
    pp=15,
    priority=0,
    damage_rule="standard",
    fixed_damage=0,
    min_hits=1,
    max_hits=1,
    crit_stage=0,
    drain_percent=0,
    recoil_percent=0,
    heal_percent=0,
    traits=[],
    ailment=None,
    stage_change=None,
    special_effect=None,
    learned_by=[_SQUIRTLE],
)
TYPE_PAGE: Final = TypePage(total=18, limit=1, offset=10, items=[_WATER])
AFFINITY: Final = Affinity(attacking=_WATER, defending=_FIRE, multiplier=2.0)
AFFINITY_PAGE: Final = AffinityPage(total=324, limit=1, offset=189, items=[AFFINITY])
