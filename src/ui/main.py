"""The script that Streamlit runs for every visit and every touch of a widget."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

import streamlit as st

from ui.schema import Language
from ui.trouble import shown
from ui.views import drift, model, moves, pokedex, predict, state, teams, type_chart, what_if
from ui.visit import Visit, entry

if TYPE_CHECKING:
    from collections.abc import Callable

_LANGUAGES: Final = {"en": "English", "fr": "Français"}
PAGES: Final[tuple[tuple[str, str, str, Callable[[Visit], None]], ...]] = (
    ("predict", "Predict", ":material/swords:", predict.show),
    ("what-if", "What if", ":material/experiment:", what_if.show),
    ("teams", "Six against six", ":material/grid_on:", teams.show),
    ("pokedex", "Pokédex", ":material/menu_book:", pokedex.show),
    ("moves", "Moves", ":material/bolt:", moves.show),
    ("types", "Types", ":material/table_chart:", type_chart.show),
    ("model", "Model", ":material/model_training:", model.show),
    ("drift", "Drift", ":material/monitoring:", drift.show),
)
"""Last part of the URL, title, icon, and what draws the page."""


def main() -> None:
    """Draw the frame, and in it the page that was chosen."""
    st.set_page_config(page_title="Dexwatch", page_icon="⚔️")
    st.html(Path(__file__).with_name("style.css"))
    api, grafana = entry()
    with st.sidebar:
        language: Language = st.segmented_control(
            "Language · Langue",
            get_args(Language),
            format_func=_LANGUAGES.__getitem__,
            default="en",
            required=True,
            key="language",
            bind="query-params",
        )
    visit = Visit(api, grafana, language)
    page = st.navigation(
        [
            st.Page(
                partial(show, visit),
                title=visit.say(title),
                icon=icon,
                url_path=path,
                default=show is predict.show,
            )
            for path, title, icon, show in PAGES
        ]
    )
    with st.sidebar:
        state.show(visit)
    with shown(visit, again=True):
        page.run()


if __name__ == "__main__":
    main()
