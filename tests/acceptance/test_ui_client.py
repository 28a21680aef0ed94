"""The pages' client against the service, and against what may stand before it."""

from __future__ import annotations

import json
import re
import socket
import time
from typing import TYPE_CHECKING

import pytest
from tests import patient
from tests.acceptance.service import Service, free_port
from tests.stand_in import answering

import ui.client
from config.settings import AccessSettings, ServerSettings, Settings, UiSettings
from telemetry.sampling import KEEP, MEMBER
from ui.client import Api
from ui.errors import ApiAwayError, RefusedError, StrangeAnswerError, UnreadableKeyError
from ui.schema import BestMove, Problem, Question

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROBLEM = {"type": "/problems/x", "title": "Too many requests", "status": 429, "detail": "Wait."}
NO_ROOM = {"type": "/problems/x", "title": "Too much to do", "status": 503, "detail": "Wait."}
ANSWER = {
    "prediction_id": "1",
    "recommended_move": "Surf",
    "win_probability": 0.5,
    "model_version": "v1",
    "all_moves": [],
}
QUESTION = Question(1, 25, ("Surf", "Earthquake"))


@pytest.fixture
def api(service: Service) -> Iterator[Api]:
    """Ask the service, which on the same machine is found by its port."""
    port = int(service.url.rpartition(":")[2])
    api = Api(Settings(data_dir=service.data_dir, server=ServerSettings(port=port)))
    yield api
    api.close()


def _asking(url: str, key_file: Path | None = None) -> Api:
    access = AccessSettings(feedback_key_file=key_file)
    return Api(Settings(access=access, ui=UiSettings(api_url=url)))


def test_the_catalogue_is_whole_in_both_languages(api: Api) -> None:
    """All forms, moves and types, over as many pages as they take."""
    assert len(api.pokemon("en")) == 188
    assert len(api.moves("en")) == 223
    assert len(api.types("fr")) == 18
    assert len(api.type_chart("en")) == 18 * 18
    french = {form.id: form.name for form in api.pokemon("fr")}
    assert french[1] == "Bulbizarre"
    detail = api.pokemon_detail(25, "en")
    assert detail.stats_at_level_50.hp == 110
    assert {move.id for move in detail.moves} <= {move.id for move in api.moves("en")}
    assert api.weaknesses(25, "fr").weaknesses[0].attacking_type.name == "Sol"
    assert 9 in {form.id for form in api.move_detail(57, "en").learned_by}


def test_a_prediction_names_its_trace(api: Api, service: Service) -> None:
    """The answer is the service's own, and its trace the one that the header names."""
    predicted = api.best_move(QUESTION, "fr")
    assert predicted.answer.recommended_move == "Séisme"
    assert predicted.trace_id is not None
    assert len(predicted.trace_id) == 32
    same = patient.post(
        f"{service.url}/predict/best-move",
        json={"pokemon_a_id": 1, "pokemon_b_id": 25, "available_moves": ["Surf", "Earthquake"]},
    ).json()
    assert predicted.answer.win_probability == same["win_probability"]
    reasons = api.explain(QUESTION, "fr").moves[0].reasons
    assert "Séisme" in " ".join(reason.text for reason in reasons)


def test_the_trace_of_a_prediction_is_asked_to_be_kept() -> None:
    """The request brings a trace of its own, with the mark that the service looks for."""
    with answering(200, json.dumps(ANSWER).encode(), {}) as stand_in:
        _asking(stand_in.url).best_move(QUESTION, "en")
        _asking(stand_in.url).best_move(QUESTION, "en")
    first, second = ({name.lower(): it for name, it in asked.items()} for asked in stand_in.asked)
    assert first["tracestate"] == second["tracestate"] == f"{MEMBER}={KEEP}"
    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-01", first["traceparent"])
    assert first["traceparent"] != second["traceparent"]


def test_a_batch_answers_and_refuses_each_by_itself(api: Api) -> None:
    """One that is wrong leaves the others their answers."""
    first, second, third = api.best_moves(
        [QUESTION, Question(1, 25, ("Surrf",)), Question(25, 1, ("Surf",), ("Tackle",))], "en"
    )
    assert isinstance(first, BestMove)
    assert isinstance(second, Problem)
    assert second.status == 422
    assert "Surf" in second.detail
    assert isinstance(third, BestMove)


def test_what_had_no_room_in_a_batch_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers stay, only what was refused is asked again, and what is refused at last says so."""
    monkeypatch.setattr(ui.client, "_PAUSE_SECONDS", 0.01)
    batches: list[int] = []

    def answer(body: bytes) -> bytes:
        """Answer one question of each batch."""
        asked = json.loads(body)["predictions"]
        batches.append(len(asked))
        return json.dumps({"results": [ANSWER, *[NO_ROOM] * (len(asked) - 1)]}).encode()

    with answering(200, answer, {}) as stand_in:
        results = _asking(stand_in.url).best_moves([QUESTION] * 6, "en")
    assert batches == [6, 5, 4, 3]
    assert [isinstance(result, BestMove) for result in results] == [True] * 4 + [False] * 2
    assert results[5] == Problem("Too much to do", 503, "Wait.")


def test_feedback_is_stored_once(api: Api) -> None:
    """The same winner again is the same; another one is refused in the service's words."""
    prediction_id = api.best_move(QUESTION, "en").answer.prediction_id
    told = api.tell(prediction_id, "A")
    assert api.tell(prediction_id, "A") == told
    with pytest.raises(RefusedError) as caught:
        api.tell(prediction_id, "B")
    assert caught.value.problem.title == "Conflicting feedback"
    assert caught.value.problem.status == 409


def test_the_model_its_metrics_and_its_drift(api: Api) -> None:
    """What the pages on the model and on drift read is there."""
    info = api.model_info()
    assert len(info.features) == 133
    assert info.metrics["all_calibration_error"] < 0.01
    assert all(abs(part.predicted - part.won) < 0.01 for part in info.calibration)
    assert len(info.calibration) == 10
    assert info.card.startswith("# Model card")
    assert api.drift().model_version == info.version == "v1"
    assert api.ready().components["model"].detail == "v1"
    assert "feedback_predictions_total" in api.metrics()


def test_a_refusal_is_told_with_title_detail_and_time() -> None:
    """A problem and its Retry-After reach the page."""
    body = json.dumps(PROBLEM).encode()
    with (
        answering(429, body, {"Retry-After": "7"}) as stand_in,
        pytest.raises(RefusedError) as caught,
    ):
        _asking(stand_in.url).best_move(QUESTION, "en")
    assert caught.value.problem == Problem("Too many requests", 429, "Wait.")
    assert caught.value.retry_after == "7"


def test_what_is_no_dexwatch_is_told_apart() -> None:
    """A proxy's own error, and a page of somebody else's, are no answers of the service."""
    with answering(502, b"<html>", {}) as stand_in, pytest.raises(RefusedError) as caught:
        _asking(stand_in.url).drift()
    assert (caught.value.problem.status, caught.value.problem.title) == (502, "Bad Gateway")
    with answering(200, b"<html>", {}) as stand_in, pytest.raises(StrangeAnswerError):
        _asking(stand_in.url).drift()


@pytest.mark.parametrize(
    ("body", "headers"), [(b'{"a": "\xc3("}', {}), (b"x", {"Content-Encoding": "gzip"})]
)
def test_what_cannot_be_decoded_is_told_too(body: bytes, headers: dict[str, str]) -> None:
    """Neither text in another encoding nor what is packed wrongly ends a page."""
    with answering(200, body, headers) as stand_in, pytest.raises(StrangeAnswerError):
        _asking(stand_in.url).drift()


@pytest.mark.parametrize("content", [b"\xff\xfe", b"two\nlines", None])
def test_a_key_that_cannot_be_read_is_told(tmp_path: Path, content: bytes | None) -> None:
    """Nothing is asked then, and the key is not repeated; None stands for a folder."""
    key_file = tmp_path / "key"
    if content is None:
        key_file.mkdir()
    else:
        key_file.write_bytes(content)
    with pytest.raises(UnreadableKeyError) as caught:
        _asking(f"http://127.0.0.1:{free_port()}", key_file).tell("1", "A")
    assert "two" not in str(caught.value)


def test_nobody_there_is_told_at_once() -> None:
    """Where nothing listens the service is away."""
    with pytest.raises(ApiAwayError):
        _asking(f"http://127.0.0.1:{free_port()}").ready()


def test_a_service_that_hangs_is_told_soon() -> None:
    """Every page asks first whether it is ready: who accepts and says nothing holds up no page."""
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(ApiAwayError):
        _asking(f"http://127.0.0.1:{silent.getsockname()[1]}").ready()
    assert time.monotonic() - began < 5


def test_feedback_carries_the_key_and_nothing_else_does(tmp_path: Path) -> None:
    """The key is read anew each time, so that another one needs no restart."""
    key_file = tmp_path / "key"
    body = json.dumps({"winner": "A", "received_at": "2026-01-30T12:47:17Z"}).encode()
    with answering(201, body, {"Content-Type": "application/json"}) as stand_in:
        api = _asking(stand_in.url, key_file)
        api.tell("1", "A")
        key_file.write_text("first\n")
        api.tell("1", "A")
        key_file.write_text("second\n")
        api.tell("1", "A")
        with pytest.raises(StrangeAnswerError):
            api.drift()
    sent = [asked.get("Authorization") for asked in stand_in.asked]
    assert sent == [None, "Bearer first", "Bearer second", None]
