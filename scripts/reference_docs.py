"""Write the reference pages that are generated from code."""

from __future__ import annotations

import ast
import inspect
from functools import reduce
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import click
from litestar import Litestar

import config.settings
from app.dependencies import dependencies
from app.factory import ROUTES
from app.openapi.config import openapi_config
from app.openapi.document import complete
from app.routes.batches import predict_best_moves
from cli.main import dexwatch
from config.settings import VARIABLES, Settings
from features.contract import CONTRACT_VERSION, FEATURES
from telemetry.signals import Kind, Signal, schema
from training import data_manifest, dataset, released
from training.data_card import data_card

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.context import AppContext

ROOT: Final = Path(__file__).parent.parent
DOCS: Final = ROOT / "docs"


def features() -> str:
    """Describe the feature contract."""
    rows = "\n".join(
        f"| {number} | `{feature.name}` | {feature.unit} | {feature.meaning} |"
        for number, feature in enumerate(FEATURES, 1)
    )
    return (
        f"# The {len(FEATURES)} features\n\n"
        f"Contract `{CONTRACT_VERSION}`, generated from `src/features/contract.py` by\n"
        "`.venv/bin/python scripts/reference_docs.py`. Every feature is a Float32; one row is one\n"
        "opening move of A against B. Shares of HP are held at 4. *The kernel's games* are those\n"
        "that a compiled duel plays from the opening, while features are computed:\n"
        "[ADR 7](adr/0007-a-compiled-duel-plays-the-games.md).\n\n"
        "| | name | unit | meaning |\n| --: | --- | --- | --- |\n"
        f"{rows}\n"
    )


def settings() -> str:
    """Describe the environment variables."""
    meanings = _meanings()
    rows = []
    for variable, (*structs, field) in VARIABLES.items():
        struct = reduce(getattr, structs, Settings())
        default = getattr(struct, field)
        shown = "unset" if default is None else f"`{default}`"
        meaning = meanings[type(struct).__name__, field]
        rows.append(f"| `{variable}` | {shown} | {meaning} |")
    return (
        "# Settings\n\n"
        "Environment variables, read once at the start; generated from `src/config/settings.py`\n"
        "by `.venv/bin/python scripts/reference_docs.py`. A wrong or unknown `DEXWATCH_` variable\n"
        "stops the start with one line. The standard `OTEL_*` variables keep their meaning;\n"
        "without an endpoint nothing is exported.\n\n"
        "| variable | default | meaning |\n| --- | --- | --- |\n" + "\n".join(rows) + "\n"
    )


def _meanings() -> dict[tuple[str, str], str]:
    """Read what the code says beneath each field of the settings, by struct and field."""
    structs = ast.parse(inspect.getsource(config.settings)).body
    return {
        (struct.name, name): " ".join(words.split()).replace("``", "`")
        for struct in structs
        if isinstance(struct, ast.ClassDef)
        for pair in pairwise(struct.body)
        if (
            isinstance(pair[0], ast.AnnAssign)
            and isinstance(pair[0].target, ast.Name)
            and (name := pair[0].target.id)
            and isinstance(pair[1], ast.Expr)
            and isinstance(pair[1].value, ast.Constant)
            and isinstance(words := pair[1].value.value, str)
        )
    }


def model_card() -> str:
    """Show the released champion's card, with its pictures from where they are."""
    pictures = Path("..") / released.FOLDER.relative_to(ROOT)
    card = released.CARD_FILE.read_text(encoding="utf-8")
    return card.replace("](", f"]({pictures.as_posix()}/") + (
        "\n## More\n\n"
        "- [The features](features.md), and [how the kernel plays its"
        " games](adr/0007-a-compiled-duel-plays-the-games.md)\n"
        "- [The data set](dataset.md): how it was made, and what it covers\n"
        "- [How a model comes to serve](lifecycle.md), and what has to be shown of it first\n"
    )


def data_set() -> str:
    """Show the released data set's card."""
    return data_card(dataset.read(released.LABELS_FILE), data_manifest.read(released.LABELS_FILE))


def telemetry() -> str:
    """Describe the signals."""
    known = schema()
    return (
        "# Telemetry\n\n"
        "Generated from `src/telemetry/signals.toml` by `.venv/bin/python\n"
        "scripts/reference_docs.py`. Every metric leaves the SDK over OTLP and stands on\n"
        "`/metrics` under the same name. Histograms end in `_bucket`, `_sum` and\n"
        "`_count`. Traces and logs are described in\n"
        "[observability.md](observability.md#what-travels-how), what is kept of them in\n"
        "[ADR 8](adr/0008-the-service-marks-the-traces-that-are-kept.md).\n\n"
        "## Our own metrics\n\n" + _metrics(known.signals) + "\n"
        "## Metrics of the semantic conventions\n\n"
        "Other attributes than these become no label.\n\n" + _metrics(known.conventions) + "\n"
        "## Labels\n\n| label | on | values | meaning |\n| --- | --- | --- | --- |\n"
        + "".join(_label(name) for name in known.attributes)
        + "\n## Buckets\n\n| histogram | upper bounds |\n| --- | --- |\n"
        + "".join(
            f"| `{known.prometheus_name(name)}`"
            f" | {', '.join(map(str, known.buckets[of.buckets]))} |\n"
            for name, of in {**known.signals, **known.conventions}.items()
            if of.buckets
        )
    )


def _metrics(signals: dict[str, Signal]) -> str:
    known = schema()
    lines = ["| metric | kind | labels | meaning |\n| --- | --- | --- | --- |\n"]
    for name, signal in signals.items():
        labels = ", ".join(f"`{label}`" for label in known.labels(name))
        kind = "gauge" if signal.kind is Kind.UPDOWN else signal.kind.value
        together = "" if signal.across_workers is None else f", {signal.across_workers} of workers"
        lines.append(
            f"| `{known.prometheus_name(name)}` | {kind}{together}"
            f" | {labels} | {signal.meaning} |\n"
        )
    return "".join(lines)


def _label(name: str) -> str:
    known = schema()
    attribute = known.attributes[name]
    users = [signal for signal, of in known.signals.items() if name in of.attributes]
    on = "several" if len(users) > 2 else ", ".join(f"`{user}`" for user in users)  # noqa: PLR2004
    values = ", ".join(f"`{value}`" for value in attribute.values) or "open"
    return f"| `{attribute.label or name}` | {on} | {values} | {attribute.meaning} |\n"


def http() -> str:
    """Describe the HTTP interface, from its OpenAPI document."""
    document = _document()
    head = (
        "# HTTP API\n\n"
        "Generated from the OpenAPI document by `.venv/bin/python scripts/reference_docs.py`. The\n"
        "service answers with the document itself at `/openapi.json`, and lets you try it at\n"
        "`/docs`.\n\n"
        f"{document['info']['description']}"
    )
    operations = [
        (operation["tags"][0], f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    parts = [head]
    for tag in document["tags"]:
        parts.append(f"\n## {tag['name']}\n\n{tag['description']}.\n")
        parts += [_operation(*of) for name, *of in operations if name == tag["name"]]
    parts.append("\n## Bodies\n\nWhat is sent and what is answered, as JSON.\n")
    parts += [_body(*named) for named in document["components"]["schemas"].items()]
    return "".join(parts)


def _document() -> dict[str, Any]:
    # Nothing stands behind these routes: they are described, not called.
    app = Litestar(
        [*ROUTES, predict_best_moves],
        dependencies=dependencies(cast("AppContext", None)),
        openapi_config=openapi_config(),
    )
    return complete(app.openapi_schema.to_schema(), app.routes)


def _operation(name: str, operation: dict[str, Any]) -> str:
    lines = [f"\n### `{name}`\n\n{operation.get('description') or operation['summary']}\n\n"]
    if parameters := operation.get("parameters"):
        lines.append("| parameter | in | type | meaning |\n| --- | --- | --- | --- |\n")
        for one in parameters:
            need = "" if one["required"] else ", optional"
            lines.append(
                f"| `{one['name']}` | {one['in']}{need} | {_type(one['schema'])}"
                f" | {one.get('description', '')} |\n"
            )
        lines.append("\n")
    if body := operation.get("requestBody"):
        lines.append(f"Takes {_content(body)}.\n\n")
    lines.append("| status | meaning | body |\n| --: | --- | --- |\n")
    lines += [
        f"| {status} | {response['description']} | {_content(response)} |\n"
        for status, response in sorted(operation["responses"].items())
    ]
    return "".join(lines)


def _content(of: dict[str, Any]) -> str:
    return ", ".join(
        f"`{media}`" if "$ref" not in content.get("schema", {}) else _type(content["schema"])
        for media, content in of.get("content", {}).items()
    )


def _body(name: str, schema: dict[str, Any]) -> str:
    heading = f"\n### {name}\n\n{schema.get('description', '')}\n\n"
    if "properties" not in schema:
        return f"{heading}{_type(schema)}.\n"
    rows = [
        f"| `{field}` | {_type(of)}{'' if field in schema.get('required', ()) else ', optional'}"
        f" | {of.get('description', '')} |\n"
        for field, of in schema["properties"].items()
    ]
    return f"{heading}| field | type | meaning |\n| --- | --- | --- |\n{''.join(rows)}"


def _type(schema: dict[str, Any]) -> str:
    """Put a JSON schema into a few words."""
    match schema:
        case {"$ref": reference}:
            name = reference.rpartition("/")[2]
            return f"[{name}](#{name.lower().replace('.', '')})"
        case {"anyOf": several} | {"oneOf": several}:
            return " or ".join(map(_type, several))
        case {"enum": values}:
            return ", ".join(f"`{value}`" for value in values)
        case {"type": "array", **rest}:
            bounds = _bounds(rest.get("minItems"), rest.get("maxItems"))
            return f"list{bounds} of {_type(rest.get('items', {}))}"
        case {"type": kind, **rest}:
            least = rest.get("minimum", rest.get("minLength"))
            return f"{kind}{_bounds(least, rest.get('maximum', rest.get('maxLength')))}"
    return "anything"


def _bounds(least: float | None, most: float | None) -> str:
    if least is None and most is None:
        return ""
    ends = ("" if end is None else f"{end}" for end in (least, most))
    return f" ({'…'.join(ends)})"


def commands() -> str:
    """Describe the ``dexwatch`` command."""
    context = click.Context(dexwatch, info_name="dexwatch")
    return (
        "# The dexwatch command\n\n"
        "Generated from the command itself by `.venv/bin/python scripts/reference_docs.py`.\n"
        "`make run` puts it into `.venv/bin/dexwatch`; each command says the same with `--help`.\n"
        + "".join(_commands(dexwatch, context))
    )


def _commands(command: click.Command, context: click.Context) -> Iterator[str]:
    if not isinstance(command, click.Group) or command.invoke_without_command:
        yield _command(command, context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                yield from _commands(inner, click.Context(inner, context, info_name=name))


def _command(command: click.Command, context: click.Context) -> str:
    usage = " ".join(command.collect_usage_pieces(context))
    records = [
        record
        for parameter in command.get_params(context)
        if "--help" not in parameter.opts and (record := parameter.get_help_record(context))
    ]
    cells = [[text.replace("|", "\\|") for text in record] for record in records]
    rows = "".join(f"| `{option}` | {meaning} |\n" for option, meaning in cells)
    table = f"\n| option | meaning |\n| --- | --- |\n{rows}" if rows else ""
    path = context.command_path
    return f"\n## {path}\n\n    {path} {usage}\n\n{inspect.cleandoc(command.help or '')}\n{table}"


PAGES: Final = {
    "dataset.md": data_set,
    "features.md": features,
    "model-card.md": model_card,
    "reference/api.md": http,
    "reference/cli.md": commands,
    "settings.md": settings,
    "telemetry.md": telemetry,
}


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
