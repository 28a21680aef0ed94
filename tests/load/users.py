"""Who uses the service: a player, a batch client, a browser of the catalogue, a hostile client."""

from __future__ import annotations

import os
import random
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

import polars as pl
from locust import FastHttpUser, task
from tests.load.tracing import Trace

from etl.snapshot import load_dex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locust.contrib.fasthttp import ResponseContextManager

RATE: Final = 5.0
"""Requests a second of one user at most, whoever it is."""
BATCH: Final = 20
EXPLAINED: Final = 0.2
"""Share of a player's duels that it wants to have explained."""
_DEX: Final = load_dex()
_LEARNT: Final[dict[int, list[str]]] = dict(
    _DEX.learnset.join(_DEX.moves, on="move_id")
    .group_by("form_id", maintain_order=True)
    .agg(pl.col("name_en").unique(maintain_order=True))
    .iter_rows()
)
"""The moves of each form that learns any."""
_FORMS: Final = list(_LEARNT)
MOST_MOVES: Final = 4
KNOWN: Final = 0.5
"""Share of the questions that name the opponent's moves too."""
_SEARCHED: Final = ("pika", "dra", "sal", "char", "bulb", "mew")
_OK: Final = range(200, 300)
_REFUSED: Final = range(400, 500)


def question() -> dict[str, Any]:
    """Make up a question: two of all forms, with moves that they learn."""
    a, b = random.choices(_FORMS, k=2)  # noqa: S311  # no secret
    asked: dict[str, Any] = {"pokemon_a_id": a, "pokemon_b_id": b, "available_moves": _some(a)}
    if random.random() < KNOWN:  # noqa: S311  # no secret
        asked["available_moves_b"] = _some(b)
    return asked


def _some(form: int) -> list[str]:
    learnt = _LEARNT[form]
    return random.sample(learnt, min(MOST_MOVES, len(learnt)))


def feedback_key() -> dict[str, str]:
    """Give the header with the key of the service on this machine, if it has made one."""
    folder = Path(os.environ.get("DEXWATCH_DATA_DIR", "data"))
    named = os.environ.get("DEXWATCH_FEEDBACK_KEY_FILE")
    path = Path(named) if named else folder / "keys" / "feedback"
    if not path.is_file():
        return {}
    return {"Authorization": f"Bearer {path.read_text(encoding='ascii').strip()}"}


class Scenario(FastHttpUser):
    """A user whose requests are counted under its scenario and each begin a trace."""

    abstract = True
    scenario: ClassVar[str]
    connection_timeout = 10.0
    network_timeout = 10.0
    asked = 0
    """Requests of the present visit, which the pause after it is for."""

    def on_start(self) -> None:
        """Begin the first visit, out of step with the other users."""
        time.sleep(random.random() / RATE)  # noqa: S311  # no secret
        self._began = time.perf_counter()

    def wait_time(self) -> float:
        """Wait so long that the user comes to its rate, as long as answers are quick enough."""
        due = self._began + self.asked / RATE
        self.asked = 0
        # A user that is late does not hurry afterwards: a person would not either.
        self._began = max(due, time.perf_counter())
        return self._began - time.perf_counter()

    @contextmanager
    def ask(
        self, method: str, path: str, name: str, expected: range = _OK, **more: Any
    ) -> Iterator[ResponseContextManager]:
        """Ask; an answer of another status than expected is a failure."""
        self.asked += 1
        trace = Trace.begin()
        headers = {"traceparent": trace.traceparent} | more.pop("headers", {})
        with self.client.request(
            method,
            path,
            name=f"{self.scenario}: {name}",
            headers=headers,
            catch_response=True,
            context={"scenario": self.scenario, "trace": trace},
            **more,
        ) as answer:
            if answer.status_code in expected:
                answer.success()
            else:
                answer.failure(f"{answer.status_code or answer.error}")
            yield answer


class Player(Scenario):
    """Looks both up, asks for the best move, perhaps why, and tells who won."""

    scenario = "player"
    weight = 4

    def on_start(self) -> None:
        """Take the key that feedback may need."""
        super().on_start()
        self._key = feedback_key()

    @task
    def play(self) -> None:
        """Play a battle."""
        duel = question()
        searched = random.choice(_SEARCHED)  # noqa: S311  # no secret
        with self.ask("GET", f"/pokemon/search?q={searched}", "search"):
            pass
        with self.ask("GET", f"/pokemon/{duel['pokemon_b_id']}", "look up"):
            pass
        with self.ask("POST", "/predict/best-move", "best move", json=duel) as answer:
            said = answer.json() if answer.status_code in _OK else None
        if random.random() < EXPLAINED:  # noqa: S311  # no secret
            with self.ask("POST", "/predict/explain", "explain", json=duel):
                pass
        if said is not None:
            winner = random.choice(("A", "B", "draw"))  # noqa: S311  # no secret
            told = {"prediction_id": said["prediction_id"], "winner": winner}
            with self.ask("POST", "/feedback", "feedback", json=told, headers=self._key):
                pass


class BatchClient(Scenario):
    """Asks for many at once."""

    scenario = "batch"
    weight = 1

    @task
    def predict(self) -> None:
        """Ask for a batch."""
        body = {"predictions": [question() for _ in range(BATCH)]}
        with self.ask("POST", "/predict/best-move/batch", f"{BATCH} at once", json=body):
            pass


class Browser(Scenario):
    """Turns the pages of the catalogue."""

    scenario = "browser"
    weight = 2

    @task
    def browse(self) -> None:
        """Look at lists, and at one Pokémon's weaknesses."""
        form = random.choice(_FORMS)  # noqa: S311  # no secret
        for path, name in (
            ("/pokemon", "Pokémon"),
            (f"/pokemon/{form}/weaknesses", "weaknesses"),
            ("/moves", "moves"),
            ("/types/affinities", "type chart"),
            ("/predict/model-info", "model"),
        ):
            with self.ask("GET", path, name):
                pass


class Hostile(Scenario):
    """Sends what must be refused: each refusal is a success, and anything else a failure."""

    scenario = "hostile"
    weight = 1

    @task
    def attack(self) -> None:
        """Send broken, unknown, empty and misplaced requests."""
        best_move = "/predict/best-move"
        wrong: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
            ("POST", best_move, "broken JSON", {"data": '{"pokemon_a_id": '}),
            ("POST", best_move, "unknown Pokémon", {"json": question() | {"pokemon_a_id": 9999}}),
            ("POST", best_move, "no moves", {"json": question() | {"available_moves": []}}),
            ("GET", "/wp-admin", "no such page", {}),
            ("DELETE", best_move, "wrong method", {}),
            ("GET", "/pokemon/%27%20OR%201=1", "injection", {}),
        )
        for method, path, name, more in wrong:
            with self.ask(method, path, name, _REFUSED, **more):
                pass


SCENARIOS: Final = (Player, BatchClient, Browser, Hostile)
CALM_USERS: Final = sum(user.weight for user in SCENARIOS)
"""As many as it takes for one of the rarest."""
