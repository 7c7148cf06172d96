"""HTML out of templates, with headers that let a page load nothing but its own scripts and styles."""

import contextlib
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web

from sandbox.control.plumbing import NEAR, Control, ControlError
from sandbox.pages import names
from sandbox.pages.words import COOKIE, LANGUAGES, YEAR, dictionary, language_of, say
from sandbox.records import BadFieldError

HERE = Path(__file__).parent
STATIC = "/_sandbox/static"
FILES = {str(path.relative_to(HERE / "static")): path for path in (HERE / "static").rglob("*.*")}

# Pictures, sound and films come from wherever the account's messages say; everything else from here.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; "
    "img-src 'self' data: blob: http: https:; media-src 'self' http: https:; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language, Cookie",
}

ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

# The pages' times, wherever the browser is: Japan's, like LINE's statistics and the demo's workspace.
TIME_ZONE = "Asia/Tokyo"

Page = Callable[[Control], Awaitable[web.StreamResponse]]


def render(request: web.Request, template: str, status: int = 200, **context: Any) -> web.Response:
    """Return a page in the reader's language."""
    language = language_of(request)
    html = ENVIRONMENT.get_template(template).render(
        _=partial(say, language),
        bdi=partial(names.bdi, language),
        isolated=partial(names.isolated, language),
        initial=names.initial,
        language=language,
        time_zone=TIME_ZONE,
        languages=LANGUAGES,
        language_links={code: str(request.rel_url.update_query(lang=code)) for code in LANGUAGES},
        words=dictionary(language),
        static=STATIC,
        path=request.path,
        status=status,
        **context,
    )
    return web.Response(text=html, status=status, content_type="text/html", headers=HEADERS)


def page_route(app: web.Application, method: str, path: str, page: Page) -> None:
    """Serve a page; `?lang=` on any page changes the language for good."""

    async def serve(request: web.Request) -> web.StreamResponse:
        try:
            if method != "GET" and request.headers.get("Sec-Fetch-Site") not in NEAR:
                raise ControlError(403, "Only the sandbox's own pages may do that.")
            if request.query.get("lang") in LANGUAGES:
                return _language_chosen(request)
            return await page(Control(request, await _form(request)))
        except ControlError as error:
            return render(request, "sorry.html", error.status, message=str(error))
        except BadFieldError as error:
            return render(request, "sorry.html", 400, message=str(error))

    app.router.add_route(method, path, serve)


async def _form(request: web.Request) -> dict[str, Any]:
    """Return the fields of a submitted form."""
    if request.method != "POST":
        return {}
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


def _language_chosen(request: web.Request) -> web.Response:
    query = {name: value for name, value in request.query.items() if name != "lang"}
    response = web.Response(status=303, headers={"Location": str(request.rel_url.with_query(query))})
    response.set_cookie(COOKIE, request.query["lang"], max_age=YEAR, samesite="Lax", httponly=True)
    return response


async def static_file(request: web.Request) -> web.StreamResponse:
    """Return one of the pages' own files; browsers ask each time whether it changed."""
    with contextlib.suppress(KeyError):
        path = FILES[request.match_info["name"]]
        headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
        return web.FileResponse(path, headers=headers)
    raise web.HTTPNotFound
