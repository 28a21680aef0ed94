"""What the service is measured against: a handler that does nothing, under the same server.

``python -m benchmarks.service.bare PORT litestar`` decodes the service's own request and encodes a
fixed answer of its own; with ``asgi`` in place of ``litestar`` there is no framework either, which
shows that the load generator has more to give.
"""

# Litestar reads the annotations of handlers when the application is made.
import sys
from typing import TYPE_CHECKING

import msgspec
import uvicorn
from litestar import Litestar, get, post

from app.prediction_schema import BestMoveRequest, BestMoveResponse, MoveScore

if TYPE_CHECKING:
    from collections.abc import Callable

    from telemetry.http_request import Receive, Scope, Send

ANSWER = BestMoveResponse(
    prediction_id="0199f0f7-0000-7000-8000-000000000000",
    pokemon_a_id=6,
    pokemon_a_name="Charizard",
    pokemon_b_id=9,
    pokemon_b_name="Blastoise",
    recommended_move="Earthquake",
    win_probability=0.77,
    model_version="v1",
    all_moves=[
        MoveScore(
            move_name="Earthquake",
            move_type="Ground",
            move_power=100,
            effective_power=150.0,
            type_multiplier=1.0,
            stab=1.0,
            priority=0,
            score=55.12,
            win_probability=0.77,
            predicted_winner="A",
            learnable=True,
        )
    ]
    * 4,
)


@post("/predict/best-move", status_code=200)
async def best_move(data: BestMoveRequest) -> BestMoveResponse:
    """Answer the same to every valid question."""
    del data
    return ANSWER


@get("/health/ready")
async def ready() -> None:
    """Say that requests are answered."""


_decode = msgspec.json.Decoder(BestMoveRequest).decode


async def without_framework(scope: "Scope", receive: "Receive", send: "Send") -> None:
    """Answer the same, by hand."""
    body = b""
    if scope["method"] == "POST":
        while True:
            message = await receive()
            body += message["body"]
            if not message.get("more_body"):
                break
        _decode(body)
        body = msgspec.json.encode(ANSWER)
    length = (b"content-length", str(len(body)).encode())
    headers = [(b"content-type", b"application/json"), length]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main() -> None:
    """Serve as the service does."""
    port, kind = sys.argv[1:]
    litestar = Litestar([best_move, ready], logging_config=None, openapi_config=None)
    apps: dict[str, Callable[..., object]] = {"litestar": litestar, "asgi": without_framework}
    uvicorn.run(
        apps[kind],
        port=int(port),
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
    )


if __name__ == "__main__":
    main()
