"""What ``/predict/explain`` may answer, for its documentation."""

from __future__ import annotations

from typing import Final

from app.explanations.schema import Explanation, FeatureContribution, MoveExplanation, Reason

EXPLANATION: Final = Explanation(
    pokemon_a_id=1,
    pokemon_a_name="Bulbasaur",
    pokemon_b_id=25,
    pokemon_b_name="Pikachu",
    recommended_move="Earthquake",
    model_version="v1",
    base_probability=0.26,
    base_log_odds=-1.05,
    moves=[
        MoveExplanation(
            move_name="Earthquake",
            win_probability=0.98,
            exact_probability=0.982,
            reasons=[
                Reason(
                    subject="attack",
                    text="Earthquake hits Electric for double damage: +7 points",
                    details=[
                        "On average it takes 87% of Pikachu's HP",
                        "One use knocks Pikachu out 4% of the time",
                    ],
                    points=7.1,
                    log_odds=0.5,
                )
            ],
            features=[FeatureContribution(feature="move_expected", value=0.87, log_odds=0.3)],
        )
    ],
)
