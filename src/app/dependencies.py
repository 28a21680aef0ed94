"""What handlers are given by name."""

# Litestar reads the annotations of providers when the application is made.
from typing import Annotated

from litestar.di import Provide
from litestar.params import HeaderParameter

from app.catalogue.answers import Catalogue
from app.catalogue.paging import provide_part
from app.context import AppContext
from app.language import preferred

AcceptLanguage = Annotated[
    str | None,
    HeaderParameter(
        name="Accept-Language", description="Names come in English (the default) or French (`fr`)"
    ),
]


def dependencies(context: AppContext) -> dict[str, Provide]:
    """Make the providers: ``context``, ``catalogue`` and ``part``."""

    def provide_context() -> AppContext:
        return context

    def provide_catalogue(accept_language: AcceptLanguage = None) -> Catalogue:
        return context.dex.require().catalogues[preferred(accept_language)]

    return {
        "context": Provide(provide_context, sync_to_thread=False),
        "catalogue": Provide(provide_catalogue, sync_to_thread=False),
        "part": Provide(provide_part, sync_to_thread=False),
    }
