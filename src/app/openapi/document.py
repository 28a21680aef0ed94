"""Complete the OpenAPI document that Litestar writes.

Schemas are replaced by msgspec's own, since msgspec is what validates: constraints on list items,
unknown fields that are refused, and descriptions are all there, and only there. What the standard
does not allow is taken out, what helps a reader is put in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from litestar.routes import HTTPRoute

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from litestar.handlers import HTTPRouteHandler
    from litestar.routes import BaseRoute

    Json = dict[str, Any]

_REFERENCE: Final = "#/components/schemas/{name}"
_RETRY_AFTER: Final = {
    "Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer", "minimum": 0}}
}
_WAIT_STATUSES: Final = ("429", "503")


def complete(document: Json, routes: Iterable[BaseRoute]) -> Json:
    """Give the completed document; the one that is passed in may be changed."""
    operations = list(_operations(document, routes))
    bodies = {handler: _body_type(handler) for _, handler in operations}
    answers = {kind for _, handler in operations for kind in _answered_structs(handler)}
    ordered = sorted(answers, key=lambda kind: kind.__name__)
    schemas, components = msgspec.json.schema_components(
        [*bodies.values(), *ordered], ref_template=_REFERENCE
    )
    document["components"]["schemas"] = dict(sorted(components.items()))
    body_schemas = dict(zip(bodies, schemas, strict=False))
    for operation, handler in operations:
        for parameter in operation.get("parameters", ()):
            _mend_parameter(parameter)
        for status, response in operation["responses"].items():
            _mend_examples(response.get("content", {}).values())
            if status in _WAIT_STATUSES:
                response["headers"] = _RETRY_AFTER
        for content in operation.get("requestBody", {}).get("content", {}).values():
            content["schema"] = body_schemas[handler]
            content["examples"] = _body_examples(handler)
    document["paths"] = dict(sorted(document["paths"].items()))
    # Without servers the document speaks of the one that it came from.
    document.pop("servers", None)
    return document


def _operations(
    document: Json, routes: Iterable[BaseRoute]
) -> Iterator[tuple[Json, HTTPRouteHandler]]:
    for route in routes:
        if not isinstance(route, HTTPRoute) or route.path_format not in document["paths"]:
            continue
        path = document["paths"][route.path_format]
        for method, (handler, _) in route.route_handler_map.items():
            if method.lower() in path:
                yield path[method.lower()], handler


def _body_type(handler: HTTPRouteHandler) -> Any:
    """Give what the handler takes as its body, with its constraints; None for nothing."""
    body = handler.parsed_fn_signature.parameters.get("data")
    return None if body is None else body.raw


def _answered_structs(handler: HTTPRouteHandler) -> Iterator[type[msgspec.Struct]]:
    """Name the structs that the handler answers; those within them follow by themselves."""
    for answer in (handler.responses or {}).values():
        yield from _structs_in(answer.data_container)


def _structs_in(kind: Any) -> Iterator[type[msgspec.Struct]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
    for argument in getattr(kind, "__args__", ()):
        yield from _structs_in(argument)


def _mend_parameter(parameter: Json) -> None:
    """Take null out: a parameter that is left out is absent, it cannot be sent as null."""
    schema = parameter["schema"]
    choices = [choice for choice in schema.get("oneOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        del schema["oneOf"]
        schema.update(choices[0])
    if None in schema.get("enum", ()):
        schema["enum"] = [value for value in schema["enum"] if value is not None]
        schema["type"] = "string"
    for bound in ("minimum", "maximum"):
        if schema.get("type") == "integer" and bound in schema:
            schema[bound] = int(schema[bound])
    _mend_examples([parameter])


def _mend_examples(holders: Iterable[Json]) -> None:
    """Take out the ids that Litestar repeats within each example."""
    for holder in holders:
        for example in holder.get("examples", {}).values():
            example.pop("id", None)


def _body_examples(handler: HTTPRouteHandler) -> Json:
    """Give the examples that the handler names for its body."""
    definition = handler.parsed_fn_signature.parameters["data"].kwarg_definition
    examples: Sequence[Any] = getattr(definition, "examples", None) or ()
    return {
        example.id or f"example-{number}": {"summary": example.summary, "value": example.value}
        for number, example in enumerate(examples, 1)
    }
