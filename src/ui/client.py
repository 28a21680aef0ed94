"""The service's HTTP interface, typed. One client is shared by all sessions and their threads."""

from __future__ import annotations

import time
from dataclasses import dataclass
from http import HTTPStatus
from secrets import token_hex
from typing import TYPE_CHECKING, Final, TypeVar

import httpx
import msgspec

from ui.errors import ApiAwayError, RefusedError, StrangeAnswerError, UnreadableKeyError
from ui.operation_schema import Drift, Health, ModelInfo
from ui.schema import (
    AffinityPage,
    BatchAnswer,
    BestMove,
    Explanation,
    MoveDetail,
    MovePage,
    PokemonDetail,
    PokemonPage,
    Problem,
    Told,
    TypePage,
    Weaknesses,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.settings import Settings
    from ui.schema import (
        Affinity,
        Language,
        MoveItem,
        PokemonItem,
        Question,
        TypeItem,
        Winner,
    )

TIMEOUT: Final = httpx.Timeout(10.0, connect=2.0)
_READY: Final = "/health/ready"
_AT_ONCE: Final = httpx.Timeout(2.0)
"""For what every page asks first: a service that hangs must not keep the page waiting twice."""
_MOST_ITEMS: Final = 200
"""Of a page of the catalogue."""
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError)
"""Of text within JSON msgspec says it in Python's own words."""
_MORE_TRIES: Final = 3
"""For what of a batch had no room."""
_PAUSE_SECONDS: Final = 1.0
"""Before each: what the service states for want of room. One of a batch has no header to say it."""
_JSON: Final = {"Content-Type": "application/json"}

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Predicted:
    """An answer and the trace that tells how it came about."""

    answer: BestMove
    trace_id: str | None


class Api:
    """Asks the service.

    Every method raises an :class:`~ui.errors.ApiError` when it is not answered.
    """

    def __init__(self, settings: Settings) -> None:
        self._key_file = settings.feedback_key_file
        self._http = httpx.Client(
            base_url=settings.ui.api_url or f"http://localhost:{settings.server.port}",
            transport=httpx.HTTPTransport(retries=1),
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def pokemon(self, language: Language) -> list[PokemonItem]:
        """List all forms."""
        items: list[PokemonItem] = []
        total = 1
        while len(items) < total:
            page = self._get(self._part("/pokemon", len(items)), PokemonPage, language)
            items, total = [*items, *page.items], page.total
        return items

    def moves(self, language: Language) -> list[MoveItem]:
        """List all moves."""
        items: list[MoveItem] = []
        total = 1
        while len(items) < total:
            page = self._get(self._part("/moves", len(items)), MovePage, language)
            items, total = [*items, *page.items], page.total
        return items

    def types(self, language: Language) -> list[TypeItem]:
        """List the types."""
        return self._get("/types", TypePage, language).items

    def type_chart(self, language: Language) -> list[Affinity]:
        """Give what every type does to every other."""
        return self._get("/types/affinities", AffinityPage, language).items

    def pokemon_detail(self, pokemon_id: int, language: Language) -> PokemonDetail:
        """Give everything about a form."""
        return self._get(f"/pokemon/{pokemon_id}", PokemonDetail, language)

    def weaknesses(self, pokemon_id: int, language: Language) -> Weaknesses:
        """Give what hits a form hard."""
        return self._get(f"/pokemon/{pokemon_id}/weaknesses", Weaknesses, language)

    def move_detail(self, move_id: int, language: Language) -> MoveDetail:
        """Give everything about a move."""
        return self._get(f"/moves/id/{move_id}", MoveDetail, language)

    def best_move(self, question: Question, language: Language) -> Predicted:
        """Ask which move to open with."""
        body = msgspec.json.encode(question)
        answer = self._ask("POST", "/predict/best-move", language, body, _kept_trace())
        trace = answer.headers.get("traceresponse", "").split("-")
        return Predicted(_read(answer, BestMove), trace[1] if len(trace) > 1 else None)

    def best_moves(
        self, questions: Sequence[Question], language: Language
    ) -> list[BestMove | Problem]:
        """Ask many questions at once; each is answered or refused by itself, in their order.

        Those that the service had no room for are asked again, a few times. What it still has none
        for then keeps its problem.
        """
        results = self._batch(questions, language)
        for _ in range(_MORE_TRIES):
            places = [place for place, result in enumerate(results) if _had_no_room(result)]
            if not places:
                break
            time.sleep(_PAUSE_SECONDS)
            try:
                again = self._batch([questions[place] for place in places], language)
            except RefusedError:
                # All of them, this time.
                continue
            for place, result in zip(places, again, strict=True):
                results[place] = result
        return results

    def _batch(self, questions: Sequence[Question], language: Language) -> list[BestMove | Problem]:
        body = msgspec.json.encode({"predictions": questions})
        answer = self._ask("POST", "/predict/best-move/batch", language, body)
        results = _read(answer, BatchAnswer).results
        return [_answer_or_problem(result) for result in results]

    def explain(self, question: Question, language: Language) -> Explanation:
        """Ask why each move is as good as it is."""
        answer = self._ask("POST", "/predict/explain", language, msgspec.json.encode(question))
        return _read(answer, Explanation)

    def tell(self, prediction_id: str, winner: Winner) -> Told:
        """Tell who won a predicted battle."""
        body = msgspec.json.encode({"prediction_id": prediction_id, "winner": winner})
        answer = self._ask("POST", "/feedback", "en", body, self._key())
        return _read(answer, Told)

    def model_info(self) -> ModelInfo:
        """Give the model that answers."""
        return self._get("/predict/model-info", ModelInfo, "en")

    def drift(self) -> Drift:
        """Give the last drift report."""
        return self._get("/drift", Drift, "en")

    def ready(self) -> Health:
        """Give the health of a service that can predict."""
        return self._get(_READY, Health, "en")

    def metrics(self) -> str:
        """Give the service's metrics as Prometheus reads them."""
        return self._ask("GET", "/metrics", "en").text

    def _key(self) -> dict[str, str]:
        try:
            key = self._key_file.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableKeyError(str(self._key_file)) from error
        if not key.isprintable():
            raise UnreadableKeyError(str(self._key_file))
        return {"Authorization": f"Bearer {key}"}

    @staticmethod
    def _part(path: str, offset: int) -> str:
        return f"{path}?limit={_MOST_ITEMS}&offset={offset}"

    def _get(self, path: str, kind: type[Answer], language: Language) -> Answer:
        return _read(self._ask("GET", path, language), kind)

    def _ask(
        self,
        method: str,
        path: str,
        language: Language,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        sent = {"Accept-Language": language} | (_JSON if body else {}) | (headers or {})
        try:
            answer = self._http.request(
                method,
                path,
                content=body,
                headers=sent,
                timeout=_AT_ONCE if path == _READY else TIMEOUT,
            )
        except httpx.TransportError as error:
            raise ApiAwayError(str(error) or type(error).__name__) from error
        except httpx.DecodingError as error:
            raise StrangeAnswerError(str(error)) from error
        if answer.is_error:
            raise RefusedError(_problem(answer), answer.headers.get("Retry-After"))
        return answer


def _kept_trace() -> dict[str, str]:
    """Ask to have the trace of a request kept, to which a page will lead."""
    return {
        "traceparent": f"00-{token_hex(16)}-{token_hex(8)}-01",
        "tracestate": "dexwatch=keep",
    }


def _read(answer: httpx.Response, kind: type[Answer]) -> Answer:
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except _UNREADABLE as error:
        raise StrangeAnswerError(f"{answer.request.url}: {error}") from error


def _problem(answer: httpx.Response) -> Problem:
    try:
        return msgspec.json.decode(answer.content, type=Problem)
    except _UNREADABLE:
        # Not the service's own word, but that of something before it.
        return Problem(answer.reason_phrase or "Error", answer.status_code)


def _answer_or_problem(result: msgspec.Raw) -> BestMove | Problem:
    try:
        return msgspec.json.decode(result, type=BestMove)
    except msgspec.ValidationError:
        return msgspec.json.decode(result, type=Problem)


def _had_no_room(result: BestMove | Problem) -> bool:
    return isinstance(result, Problem) and result.status == HTTPStatus.SERVICE_UNAVAILABLE
