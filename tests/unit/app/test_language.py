"""The choice of the language."""

from __future__ import annotations

import pytest

from app.language import Language, preferred


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("fr", "fr"),
        ("FR", "fr"),
        ("fr-FR", "fr"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("en-GB,en;q=0.9,fr;q=0.8", "en"),
        ("fr;q=0.2,en;q=0.1", "fr"),
        ("fr;q=0.1, en;q=0.2", "en"),
        ("fr,en", "fr"),
        ("en,fr", "en"),
        ("de,fr;q=0.5", "fr"),
        ("de", "en"),
        ("*", "en"),
        ("de;q=0.9,*;q=0.1", "en"),
        ("en;q=0,*", "fr"),
        ("fr;q=0", "en"),
        ("fr;q=0,en;q=0", "en"),
        ("fr;q=nonsense,en;q=0.1", "en"),
        ("fr;q=2", "en"),
        ("fr;q=nan", "en"),
        ("frank", "en"),
        (";;;,,,===", "en"),
        ("x" * 10_000 + ",fr", "en"),
    ],
)
def test_the_best_accepted_language_answers(header: str | None, language: str) -> None:
    """The language of highest quality is chosen, English when none or nothing sound is asked."""
    assert preferred(header) is Language(language)
