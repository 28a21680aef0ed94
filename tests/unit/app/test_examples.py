"""The documented examples against the dex and the champion as released."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from app.catalogue import examples
from app.catalogue.build import build_catalogue
from app.explanations.example import EXPLANATION
from app.explanations.service import explain
from app.language import Language
from app.predictions import examples as predicted
from app.predictions.best_move import answer as answered
from app.predictions.question import QuestionReader
from app.predictions.schema import BatchRequest, BestMoveRequest, BestMoveResponse
from app.problems.exceptions import UnknownPokemonError
from app.problems.handlers import refuse
from app.problems.schema import Problem
from app.served_dex import ServedDex
from inference.scoring import score
from telemetry.sampling import PerSecond

if TYPE_CHECKING:
    from app.catalogue.answers import Catalogue
    from features.dex import Dex
    from inference.predictor import Predictor

PIKACHU, SURF = 25, 57


@pytest.fixture(scope="module")
def catalogue(dex: Dex) -> Catalogue:
    """Give the catalogue in English."""
    return build_catalogue(dex, Language.ENGLISH)


def test_examples_in_lists_are_true(catalogue: Catalogue) -> None:
    """The items of the example pages are those of the dex, at the place where they stand."""
    assert examples.POKEMON_PAGE.items == catalogue.pokemon_search.find("pikachu")[:1]
    assert examples.MOVE_PAGE.items == catalogue.moves_search.find("surf")
    for page, whole in (
        (examples.TYPE_PAGE, catalogue.types),
        (examples.AFFINITY_PAGE, catalogue.affinities),
    ):
        assert page.total == len(whole)
        assert page.items == whole[page.offset : page.offset + page.limit]
    assert catalogue.affinity[11, 10] == examples.AFFINITY


def test_examples_in_full_are_true(catalogue: Catalogue) -> None:
    """The detailed examples say what the dex says; of their long lists they show a part."""
    pikachu = catalogue.pokemon_detail(PIKACHU)
    shown = examples.POKEMON_DETAIL
    assert msgspec.structs.replace(pikachu, moves=shown.moves) == shown
    assert all(move in pikachu.moves for move in shown.moves)

    weak = catalogue.weaknesses(PIKACHU)
    shown_weak = examples.POKEMON_WEAKNESSES
    assert msgspec.structs.replace(weak, weaknesses=shown_weak.weaknesses) == shown_weak
    assert all(hit in weak.weaknesses for hit in shown_weak.weaknesses)

    surf = catalogue.move_detail(SURF)
    shown_surf = examples.MOVE_DETAIL
    assert msgspec.structs.replace(surf, learned_by=shown_surf.learned_by) == shown_surf
    assert all(form in surf.learned_by for form in shown_surf.learned_by)


def test_the_catalogue_is_whole(catalogue: Catalogue) -> None:
    """All forms, moves and types are there, and each form has all that is asked of it."""
    assert (len(catalogue.pokemon), len(catalogue.moves), len(catalogue.types)) == (188, 223, 18)
    for item in catalogue.pokemon:
        assert catalogue.pokemon_detail(item.id).moves
        assert len(catalogue.weaknesses(item.id).weaknesses) == 18
    for kind in catalogue.types:
        assert catalogue.pokemon_of_type[kind.id]
        assert catalogue.type_id(kind.name) == kind.id


@pytest.mark.parametrize("language", Language)
def test_every_answer_keeps_to_its_schema(dex: Dex, language: Language) -> None:
    """Each answer, encoded and decoded again under its constraints, is the same."""
    catalogue = build_catalogue(dex, language)
    for answer in (
        *catalogue.pokemon,
        *catalogue.moves,
        *catalogue.affinities,
        *catalogue.pokemon_details.values(),
        *catalogue.pokemon_weaknesses.values(),
        *catalogue.move_details.values(),
    ):
        assert msgspec.json.decode(msgspec.json.encode(answer), type=type(answer)) == answer


@pytest.fixture(scope="module")
def served_dex(dex: Dex) -> ServedDex:
    """Give the released dex as it is served."""
    return ServedDex.prepare(dex)


def test_the_example_of_a_prediction_is_true(served_dex: ServedDex, champion: Predictor) -> None:
    """The champion answers the first example request as shown, but for the id."""
    request = msgspec.convert(predicted.REQUEST, BestMoveRequest)
    question = QuestionReader(served_dex, PerSecond(0)).read(request)
    (scored,) = score(served_dex.frames, champion, [question.duel])
    said, _ = answered(served_dex, question, scored, Language.ENGLISH, None)
    shown = predicted.ANSWER
    assert msgspec.structs.replace(said, prediction_id=shown.prediction_id) == shown


def test_the_example_of_a_batch_is_true(served_dex: ServedDex) -> None:
    """Its elements are the example of a prediction, and the problem of the second request."""
    batch = msgspec.convert(predicted.BATCH_REQUEST, type=dict[str, list[BestMoveRequest]])
    first, second = batch["predictions"]
    assert first == msgspec.convert(predicted.REQUEST, BestMoveRequest)
    first_result, refused = predicted.BATCH_ANSWER.results
    assert msgspec.json.decode(first_result, type=BestMoveResponse) == predicted.ANSWER
    with pytest.raises(UnknownPokemonError) as caught:
        QuestionReader(served_dex, PerSecond(0)).read(second)
    problem = msgspec.json.decode(refuse(caught.value).encode(), type=Problem)
    assert msgspec.json.decode(refused, type=Problem) == problem


def test_the_example_of_an_explanation_is_true(served_dex: ServedDex, champion: Predictor) -> None:
    """The champion explains as shown, to the digits shown; of its long lists a part is shown."""
    request = msgspec.convert(predicted.REQUEST, BestMoveRequest)
    duel = QuestionReader(served_dex, PerSecond(0)).read(request).duel
    said, shown = explain(served_dex, champion, duel, Language.ENGLISH), EXPLANATION
    head = {"base_probability": shown.base_probability, "base_log_odds": shown.base_log_odds}
    assert said.base_probability == pytest.approx(shown.base_probability, abs=0.005)
    assert said.base_log_odds == pytest.approx(shown.base_log_odds, abs=0.005)
    assert msgspec.structs.replace(said, moves=shown.moves, **head) == shown
    (move,) = shown.moves
    best = said.moves[0]
    assert (best.move_name, best.win_probability) == (move.move_name, move.win_probability)
    assert best.exact_probability == pytest.approx(move.exact_probability, abs=0.0005)
    for reason in move.reasons:
        (same,) = [other for other in best.reasons if other.subject == reason.subject]
        assert (same.text, same.details) == (reason.text, reason.details)
        assert same.points == pytest.approx(reason.points, abs=0.05)
        assert same.log_odds == pytest.approx(reason.log_odds, abs=0.005)
    for part in move.features:
        (found,) = [other for other in best.features if other.feature == part.feature]
        assert found.value == pytest.approx(part.value, abs=0.005)
        assert found.log_odds == pytest.approx(part.log_odds, abs=0.005)


def test_every_example_of_a_body_is_one() -> None:
    """What the documentation suggests to send is what the endpoints take."""
    for example in predicted.REQUESTS:
        assert msgspec.convert(example.value, BestMoveRequest).available_moves
    for example in predicted.BATCHES:
        assert isinstance(example.value, dict)
        batch = msgspec.json.decode(msgspec.json.encode(example.value), type=BatchRequest)
        assert len(batch.predictions) == len(example.value["predictions"])
