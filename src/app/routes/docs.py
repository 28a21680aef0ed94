"""``/docs``: Swagger UI, with every file from this process, so that it works offline."""

# Litestar reads the annotations of handlers when the application is made.
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Annotated, Final

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import PathParameter
from litestar.response import Redirect

from app.openapi.config import PATH as DOCUMENT
from app.version import VERSION

# Swagger UI writes style attributes, hence the inline styles.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)

_PAGE: Final = f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Dexwatch API</title>
<link rel="icon" type="image/png" href="/docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css?{VERSION}">
<script src="/docs/assets/swagger-ui-bundle.js?{VERSION}" defer></script>
<script src="/docs/assets/start.js?{VERSION}" defer></script>
</head>
<body>
<noscript>This page needs JavaScript; the document it shows is <a href="{DOCUMENT}">here</a>.\
</noscript>
<main id="swagger-ui"></main>
</body>
</html>
""".encode()

_START: Final = f"""\
window.ui = SwaggerUIBundle({{
  url: "{DOCUMENT}",
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
}});
""".encode()

_MEDIA_TYPES: Final = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "start.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}


@get("/", include_in_schema=False)
async def get_start() -> Redirect:
    """Lead to the page whoever opens the service in a browser."""
    return Redirect("/docs")


@get("/docs", include_in_schema=False)
async def get_docs() -> Response[bytes]:
    """Answer the page."""
    return Response(
        _PAGE,
        media_type="text/html",
        headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"},
    )


@get("/docs/assets/{name:str}", include_in_schema=False, sync_to_thread=True)
def get_asset(name: Annotated[str, PathParameter()]) -> Response[bytes]:
    """Answer one of the files of the page; each release has its own addresses for them."""
    media_type = _MEDIA_TYPES.get(name)
    if media_type is None:
        raise NotFoundException
    return Response(
        _START if name == "start.js" else _asset(name),
        media_type=media_type,
        headers={"Cache-Control": "public, max-age=86400"},
    )


@cache
def _asset(name: str) -> bytes:
    # Located rather than imported, since the package would bring Flask along.
    package = distribution("flask-swagger-ui")
    return Path(str(package.locate_file(f"flask_swagger_ui/dist/{name}"))).read_bytes()
