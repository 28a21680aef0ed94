"""Each page by itself, run by Streamlit's own tester against the service."""

from __future__ import annotations

import json
import os
import re
from statistics import mean
from typing import TYPE_CHECKING

import msgspec
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from tests import patient
from tests.acceptance.service import free_port
from tests.stand_in import answering

import ui.main
from ui.client import Api
from ui.errors import RefusedError
from ui.schema import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.acceptance.service import Service

    from ui.schema import BestMove, Explanation, Language, Question

SECONDS = 30
PAGES = ["predict", "what_if", "teams", "pokedex", "moves", "type_chart", "model", "drift"]


def _script(page: str, language: str) -> None:
    """Draw one page, without the frame."""
    # Streamlit runs this text elsewhere, where nothing is imported yet.
    from importlib import import_module  # noqa: PLC0415  # likewise

    from ui.trouble import shown  # noqa: PLC0415  # likewise
    from ui.visit import Visit, entry  # noqa: PLC0415  # likewise

    visit = Visit(*entry(), language)
    with shown(visit, again=True):
        import_module(f"ui.views.{page}").show(visit)


def _opened(page: str, language: str = "en") -> AppTest:
    return AppTest.from_function(_script, args=(page, language), default_timeout=SECONDS).run()


def _press(page: AppTest, label: str) -> AppTest:
    (button,) = [button for button in page.button if button.label == label]
    return button.click().run()


def _html(page: AppTest) -> str:
    return " ".join(piece.proto.body for piece in page.get("html"))


@pytest.fixture(autouse=True)
def _asks(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """Ask the service, with nothing kept of an earlier test."""
    service: Service = request.getfixturevalue("service")
    monkeypatch.setenv("DEXWATCH_API_URL", service.url)
    monkeypatch.setenv("DEXWATCH_DATA_DIR", str(service.data_dir))
    st.cache_resource.clear()
    st.cache_data.clear()
    yield
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_drawn(page: str, language: str) -> None:
    """No page fails, whatever the language, and each has one title."""
    drawn = _opened(page, language)
    assert not drawn.exception
    assert not drawn.error
    assert len(drawn.title) == 1


def test_the_frame_says_that_the_model_answers() -> None:
    """The whole application, as a visit begins: the first page, and the state of the service."""
    drawn = AppTest.from_file(ui.main.__file__, default_timeout=SECONDS).run()
    assert not drawn.exception
    assert drawn.title[0].value == "Which move should A use against B?"
    assert any("Model v1 answers" in piece.value for piece in drawn.sidebar.markdown)


def test_a_question_is_asked_when_the_button_is_pressed(service: Service) -> None:
    """Nothing is predicted before; what is shown then is what the service says."""
    page = _opened("predict")
    assert not page.metric
    page.selectbox(key="a-en").select(1).run()
    page.selectbox(key="b-en").select(25).run()
    page.multiselect(key="moves-a-1-en").set_value([]).run()
    assert page.button[0].disabled
    page.toggle(key="anything").set_value(True).run()
    page.multiselect(key="moves-a-1-any-en").set_value([57, 58, 89]).run()
    page = _press(page, "Predict")
    best, wins = page.metric
    same = patient.post(
        f"{service.url}/predict/best-move",
        json={
            "pokemon_a_id": 1,
            "pokemon_b_id": 25,
            "available_moves": ["Surf", "Ice Beam", "Earthquake"],
        },
    ).json()
    assert best.value == same["recommended_move"] == "Earthquake"
    assert wins.value.startswith(f"{round(100 * same['win_probability'])}")
    assert "A cannot learn it" in _html(page)
    assert "super effective ×2" in _html(page)
    assert page.expander[0].label == "Earthquake"
    # Another question has no answer yet.
    page.selectbox(key="b-en").select(6).run()
    assert not page.metric


def test_moves_of_b_are_asked_with_only_if_known(service: Service) -> None:
    """What B has changes the answer."""
    page = _opened("predict")
    page.selectbox(key="a-en").select(134).run()
    page.selectbox(key="b-en").select(94).run()
    free = _press(page, "Predict").metric[1].value
    page.toggle(key="known").set_value(True).run()
    page.multiselect(key="moves-b-94-en").set_value([page_move(service, "Lick")]).run()
    known = _press(page, "Predict").metric[1].value
    assert int(known[:-2]) > int(free[:-2])


def test_known_moves_are_asked_with_or_not_at_all() -> None:
    """Where B's moves are known and none stands there, nothing can be asked for."""
    page = _opened("predict")
    page.toggle(key="known").set_value(True).run()
    assert not page.button[0].disabled
    page.multiselect(key="moves-b-94-en").set_value([]).run()
    assert page.button[0].disabled
    page.toggle(key="known").set_value(False).run()
    assert not page.button[0].disabled


@pytest.mark.parametrize(
    ("a", "b", "move", "notes"),
    [
        (94, 65, "Toxic", ""),
        (94, 65, "Night Shade", ""),
        (20, 6, "Splash", "A cannot learn it"),
        (20, 143, "Guillotine", "A cannot learn it"),
        (68, 94, "Seismic Toss", "no effect"),
        (20, 94, "Super Fang", "no effect"),
        (68, 143, "Low Kick", "super effective ×2 · power 120 → 360 · same-type bonus"),
        (34, 94, "Earthquake", "super effective ×2 · power 100 → 300 · same-type bonus"),
        (34, 6, "Earthquake", "no effect · power 100 → 0"),
    ],
)
def test_notes_tell_what_types_do_to_a_move(
    service: Service, a: int, b: int, move: str, notes: str
) -> None:
    """They bear on what has power; without any a move can still have no effect."""
    page = _opened("predict")
    page.selectbox(key="a-en").select(a).run()
    page.selectbox(key="b-en").select(b).run()
    page.toggle(key="anything").set_value(True).run()
    page.multiselect(key=f"moves-a-{a}-any-en").set_value([page_move(service, move)]).run()
    drawn = _html(_press(page, "Predict"))
    assert re.findall(r'<div class="dx-note">([^<]*)</div><div class="dx-bar"', drawn) == [notes]


def page_move(service: Service, name: str) -> int:
    """Find a move's id."""
    found = patient.get(f"{service.url}/moves/search", params={"q": name}).json()
    return int(found["items"][0]["id"])


def test_a_winner_is_told_once() -> None:
    """The first word is noted, another one is refused, and both are said."""
    page = _press(_opened("predict"), "Predict")
    page = _press(page, "A won")
    assert page.success[0].value == "Thank you, it is noted: A won."
    page = _press(page, "B won")
    assert "Conflicting feedback" in page.error[0].value


def test_what_a_move_would_bring_is_tried_in_one_call(service: Service) -> None:
    """The whole learnset but what A keeps is tried, and the best stands first."""
    before = _calls(service, "/predict/best-move/batch")
    page = _opened("what_if")
    kept = page.multiselect(key="kept-121-en").value
    page = _press(page, "Try every other move")
    assert _calls(service, "/predict/best-move/batch") == before + 1
    drawn = _html(page)
    learnset = patient.get(f"{service.url}/pokemon/121").json()["moves"]
    assert drawn.count("<tr>") - 1 == len(learnset) - len(kept)
    assert drawn.index("Thunderbolt") < drawn.index("Waterfall")
    assert page.metric[0].label == "A wins with what it has"


def test_two_teams_meet_in_one_call(service: Service) -> None:
    """Six against six are thirty-six duels, and of each the answer is the service's own."""
    before = _calls(service, "/predict/best-move/batch")
    page = _press(_opened("teams"), "Play all duels")
    assert _calls(service, "/predict/best-move/batch") == before + 1
    assert _html(page).count("<td style") == 36
    assert page.metric[0].label == "Won of all duels"


def _refuse(monkeypatch: pytest.MonkeyPatch, refused: Callable[[int, int], bool]) -> None:
    """Have the service say of some of a batch, by place and number of all, that it has no room."""
    ask = Api.best_moves

    def partly(
        api: Api, questions: Sequence[Question], language: Language
    ) -> list[BestMove | Problem]:
        answers = ask(api, questions, language)
        return [
            Problem("Too much to do", 503) if refused(place, len(answers)) else answer
            for place, answer in enumerate(answers)
        ]

    monkeypatch.setattr(Api, "best_moves", partly)


def test_a_duel_without_an_answer_is_no_defeat(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is shown as not known, is part of no mean, and nobody is sent because of it."""
    _refuse(monkeypatch, lambda place, _: place % 6 == 0 or place == 1)
    page = _press(_opened("teams"), "Play all duels")
    drawn = _html(page)
    assert (drawn.count("<td style"), drawn.count("dx-unknown")) == (29, 7)
    assert "7 of 36 questions have no answer: **Too much to do** (503)" in page.warning[0].value
    lines = page.markdown[-1].value.splitlines()
    assert lines[0] == "- Gengar: not known"
    assert all("with" in line for line in lines[1:])
    shares = [int(share) for share in re.findall(r"<b>(\d+)\s%</b>", drawn)]
    assert page.metric[0].label == "Won of the duels that are known"
    assert int(page.metric[0].value[:-2]) == pytest.approx(mean(shares), abs=1)


def test_a_batch_without_any_answer_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is counted where nothing is known."""
    _refuse(monkeypatch, lambda *_: True)
    page = _press(_opened("teams", "fr"), "Jouer tous les duels")
    assert "36 questions sur 36 restent sans réponse" in page.warning[0].value
    assert not page.metric


def test_a_move_without_an_answer_is_shown_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """No move of the learnset is missing, and what A has is not known rather than left out."""
    whole = _html(_press(_opened("what_if"), "Try every other move"))
    _refuse(monkeypatch, lambda place, count: place in {0, count - 1})
    page = _press(_opened("what_if"), "Try every other move")
    drawn = _html(page)
    assert drawn.count("<tr>") == whole.count("<tr>")
    assert drawn.count("<td>?</td>") == 1
    assert drawn.rindex("<td>?</td>") > drawn.rindex("dx-bar")
    assert page.metric[0].value == "?"
    assert "2 of" in page.warning[0].value


def test_reasons_that_are_refused_are_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who won can be told without them; they are asked for again when somebody wants them."""
    explain, asked = Api.explain, []

    def refuse(_: Api, question: Question, __: Language) -> Explanation:
        asked.append(question)
        raise RefusedError(Problem("Too much to do", 503), "1")

    monkeypatch.setattr(Api, "explain", refuse)
    page = _press(_press(_opened("predict"), "Predict"), "A won")
    assert len(asked) == 1
    assert "Too much to do" in page.warning[0].value
    assert page.success
    assert [head.value for head in page.subheader] == ["Who won?", "Why"]
    monkeypatch.setattr(Api, "explain", explain)
    page = _press(page, "Try again")
    assert not page.warning
    assert page.expander


def test_reasons_of_another_model_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """What replaced the model that answered is named beside its reasons."""
    page = _press(_opened("predict"), "Predict")
    assert not page.info
    explain = Api.explain

    def promoted(api: Api, question: Question, language: Language) -> Explanation:
        return msgspec.structs.replace(explain(api, question, language), model_version="v2")

    monkeypatch.setattr(Api, "explain", promoted)
    page = _press(page, "Predict")
    assert page.caption[0].value == "Answered by model v1."
    assert [piece.value for piece in page.info] == [
        "By now model v2 answers: these are its reasons."
    ]


@pytest.mark.parametrize(
    ("language", "tackle", "bite"),
    [
        ("en", "level 15 as Magikarp", "on evolving"),
        ("fr", "niveau 15 en tant que Magicarpe", "en évoluant"),
    ],
)
def test_moves_are_learnt_as_the_game_has_it(language: str, tackle: str, bite: str) -> None:
    """Gyarados knows Tackle from before it evolved, and Bite from when it did."""
    page = _opened("pokedex", language)
    drawn = _html(page.selectbox(key=f"pokedex-{language}").select(130).run())
    ways = dict(re.findall(r'<td>([^<]*)<div class="dx-note">([^<]*)</div>', drawn))
    assert ways["Tackle" if language == "en" else "Charge"] == tackle
    assert ways["Bite" if language == "en" else "Morsure"] == bite


def test_whether_there_is_a_report_is_not_said_without_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """That there is none yet is said only where it is known."""
    drift = Api.drift

    def reported(state: str) -> AppTest:
        monkeypatch.setattr(
            Api,
            "drift",
            lambda api: msgspec.structs.replace(drift(api), report_state=state, report=None),
        )
        return _opened("drift")

    page = reported("none")
    assert "There is no report yet" in page.info[0].value
    assert not page.warning
    page = reported("database_unavailable")
    assert "The database is away" in page.warning[0].value
    assert not page.info


def test_a_move_and_a_type_can_be_looked_at() -> None:
    """One move with what it does and who learns it, one type with what it is good against."""
    page = _opened("moves", "fr")
    page.selectbox(key="move-fr").select(57).run()
    assert any("peuvent l'apprendre" in head.value for head in page.subheader)
    assert any("Carapuce" in piece.value for piece in page.markdown)
    page = _opened("type_chart")
    page.button_group(key="type-en").set_value(11).run()
    assert not page.exception
    assert [head.value for head in page.subheader] == ["It attacks", "It is attacked by"]


def test_calibration_is_drawn_as_judged_and_as_told() -> None:
    """A fresh model shows how it was judged; a told winner becomes a point of a second plot."""
    page = _opened("model")
    told = len(page.info)  # other tests may have told winners
    assert _html(page).count("dx-field") == 2 - told
    assert _html(page).count("<i role") >= 10
    _press(_press(_opened("predict"), "Predict"), "A won")
    st.cache_data.clear()
    page = _opened("model")
    assert not page.info
    assert _html(page).count("dx-field") == 2


def test_a_service_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page says what to do, and comes back by itself when asked again."""
    here = os.environ["DEXWATCH_API_URL"]
    monkeypatch.setenv("DEXWATCH_API_URL", f"http://127.0.0.1:{free_port()}")
    page = _opened("predict")
    assert "The service does not answer" in page.error[0].value
    monkeypatch.setenv("DEXWATCH_API_URL", here)
    st.cache_resource.clear()
    page = _press(page, "Try again")
    assert not page.error


@pytest.mark.parametrize(
    ("status", "title"),
    [(401, "API key missing or not valid"), (429, "Too many requests"), (503, "Not ready")],
)
def test_a_refusal_is_told_in_the_services_words(
    monkeypatch: pytest.MonkeyPatch, status: int, title: str
) -> None:
    """Title, detail, trace and when to try again."""
    problem = {
        "type": "/problems/x",
        "title": title,
        "status": status,
        "detail": "Do *this*.",
        "trace_id": "ab" * 16,
    }
    with answering(status, json.dumps(problem).encode(), {"Retry-After": "3"}) as stand_in:
        monkeypatch.setenv("DEXWATCH_API_URL", stand_in.url)
        page = _opened("drift")
    said = page.error[0].value
    assert f"**{title}** ({status})" in said
    assert r"Do \*this\*." in said
    assert "Try again in 3 s." in said
    assert "ab" * 16 in said


def _calls(service: Service, endpoint: str) -> float:
    lines = patient.get(f"{service.url}/metrics").text.splitlines()
    return sum(
        float(line.rpartition(" ")[2])
        for line in lines
        if line.startswith("api_requests_total{") and f'endpoint="{endpoint}"' in line
    )
