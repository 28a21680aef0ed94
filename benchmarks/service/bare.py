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

from app.predictions.examples import ANSWER as EXAMPLE
from app.predictions.schema import BestMoveRequest, BestMoveResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from telemetry.http_request import Receive, Scope, Send

ANSWER = msgspec.structs.replace(EXAMPLE, all_moves=EXAMPLE.all_moves[:1] * 4)
"""For four moves."""


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
