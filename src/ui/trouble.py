"""What went wrong, told to whoever looks at the page, with what to do about it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st

from ui.errors import ApiAwayError, ApiError, RefusedError, UnreadableKeyError
from ui.schema import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ui.schema import BestMove
    from ui.visit import Visit


@contextmanager
def shown(visit: Visit, *, again: bool = False) -> Iterator[None]:
    """Show, in the place of the rest of the block, why the service has not answered.

    With ``again`` there is a button that runs the page anew.
    """
    try:
        yield
    except ApiError as error:
        st.error(words_for(visit, error), icon=":material/error:")
        if again:
            st.button(visit.say("Try again"), icon=":material/refresh:")


def words_for(visit: Visit, error: ApiError) -> str:
    """Say what has happened."""
    match error:
        case RefusedError(problem=problem):
            said = f"**{plain(problem.title)}** ({problem.status})"
            if problem.detail:
                said += f"\n\n{plain(problem.detail)}"
            if error.retry_after:
                said += "\n\n" + visit.say("Try again in {seconds} s.", seconds=error.retry_after)
            if problem.trace_id:
                said += f"\n\n[{visit.say('Its trace')}]({visit.grafana.trace(problem.trace_id)})"
            return said
        case ApiAwayError():
            return visit.say(
                "**The service does not answer.** `make run` starts it; `dexwatch doctor` says how"
                " it is. The pages look for it at `DEXWATCH_API_URL`, or here at `DEXWATCH_PORT`."
            )
        case UnreadableKeyError():
            return visit.say(
                "**The key for feedback cannot be read.** Look at the file that"
                " `DEXWATCH_FEEDBACK_KEY_FILE` names."
            )
        case _:
            return visit.say(
                "**What answers is not this release of Dexwatch.** `DEXWATCH_API_URL` says where"
                " the pages look for it."
            )


def warn_of_unknown(visit: Visit, answers: Sequence[BestMove | Problem]) -> None:
    """Say how many questions of a batch have no answer, and what the first of them was told."""
    problems = [answer for answer in answers if isinstance(answer, Problem)]
    if problems:
        said = visit.say(
            "{count} of {total} questions have no answer: **{title}** ({status}). Ask again in a"
            " moment.",
            count=len(problems),
            total=len(answers),
            title=plain(problems[0].title),
            status=problems[0].status,
        )
        st.warning(said, icon=":material/warning:")


def plain(text: str) -> str:
    """Keep a text from being read as Markdown."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]<>#$~|:" else sign for sign in text)
