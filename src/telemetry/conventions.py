"""The stable semantic conventions, in force before anything is instrumented."""

from __future__ import annotations

import os
from typing import Final

VARIABLE: Final = "OTEL_SEMCONV_STABILITY_OPT_IN"
STABLE: Final = ("http", "database")


def use_stable_conventions() -> None:
    """Opt in to the stable HTTP and database conventions, beside what was opted in to already.

    Instrumentations know no other way than this variable, and look at it once in a process, when
    the first of them is set up: until 2023's names are gone for good it has to be written here.
    """
    chosen = [name for name in os.environ.get(VARIABLE, "").split(",") if name.strip()]
    missing = [name for name in STABLE if name not in chosen and f"{name}/dup" not in chosen]
    os.environ[VARIABLE] = ",".join([*chosen, *missing])
