"""CatBoost, imported without pandas.

CatBoost's package imports pandas only to recognize its frames, of which none exist here; in a
serving process that would cost 70 MB and most of a second. So an empty module stands in for it
while CatBoost is imported, unless pandas is there already. Who imports pandas later gets the real
one.
"""

from __future__ import annotations

import sys
from types import ModuleType

PANDAS = "pandas"


def _stand_in() -> ModuleType:
    """Make a module with the two classes that CatBoost asks inputs whether they are of."""
    module = ModuleType(PANDAS)
    vars(module).update(DataFrame=type("DataFrame", (), {}), Series=type("Series", (), {}))
    return module


if PANDAS in sys.modules:
    from catboost import CatBoost, CatBoostError, Pool
else:
    sys.modules[PANDAS] = _stand_in()
    try:
        from catboost import CatBoost, CatBoostError, Pool
    finally:
        del sys.modules[PANDAS]

__all__ = ["CatBoost", "CatBoostError", "Pool"]
