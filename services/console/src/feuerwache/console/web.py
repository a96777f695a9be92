"""The page behind the link, over HTTP. GET looks, POST acts.

The token in the path is the capability (`desk.py`). There is no cookie and no session, so there is nothing a foreign
site could make a browser send along; that is why the forms carry no further secret against request forgery. The
`revision` in a form names the page that was seen: pressing twice on one page is one command, because the command's id
is derived from it.

Nothing here logs a path, since it holds the token, and no answer may be cached, framed or referred to elsewhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.resources import files

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from feuerwache.common.errors import TransientError
from feuerwache.console import metrics
from feuerwache.console.desk import Desk, Refused
from feuerwache.console.form import language_of, order_of
from feuerwache.console.orders import REASONS, add_orders
from feuerwache.console.page.render import render_incident, render_notice
from feuerwache.console.page.view import view
from feuerwache.console.postmortem.render import render_post_mortem
from feuerwache.console.review.desk import ReviewDesk
from feuerwache.console.review.web import QueueWeb

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
Handler = Callable[[Request], Awaitable[Response]]


def make_app(desk: Desk, review: ReviewDesk | None = None) -> FastAPI:
    """`review`: what stands behind the review queue; without it there is none."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.mount("/static", StaticFiles(directory=str(files("feuerwache.console") / "static")), name="static")

    @app.middleware("http")
    async def guarded(request: Request, call_next: Handler) -> Response:
        response = await call_next(request)
        response.headers.update(HEADERS)
        response.headers["Cache-Control"] = (
            "public, max-age=300" if request.url.path.startswith("/static/") else "no-store"
        )
        return response

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        metrics.REQUESTS.labels(action_of(request), error.outcome).inc()
        language = error.language or language_of(request)
        page = render_notice(error.name, language, back=error.back, reload_seconds=error.reload, detail=error.detail)
        return HTMLResponse(page, error.status, {"Retry-After": "2"} if error.status == 503 else None)

    @app.exception_handler(TransientError)
    async def unavailable(request: Request, _: Exception) -> Response:
        token = request.path_params.get("token")
        if request.url.path.startswith("/q/"):
            return await refused(request, Refused(503, "queue_unavailable", "unavailable", back=f"/q/{token}"))
        return await refused(request, Refused(503, "unavailable", "unavailable", back=f"/i/{token}" if token else None))

    @app.exception_handler(HTTPException)
    async def nowhere(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        page = render_notice("nowhere", language_of(request))
        return HTMLResponse(page, error.status_code, error.headers)

    @app.api_route("/", methods=["GET", "HEAD"])
    async def home(request: Request) -> Response:
        return HTMLResponse(render_notice("home", language_of(request)))

    @app.api_route("/i/{token}", methods=["GET", "HEAD"])
    async def look(request: Request, token: str) -> Response:
        person, incident_id = desk.person(token)
        language = language_of(request, person)
        dossier = await desk.dossier(incident_id)
        others = await desk.others(dossier.incident)
        incident = view(dossier, desk.reader(person, language), order_of(request), desk.plans(), others)
        metrics.REQUESTS.labels("view", "done").inc()
        return HTMLResponse(render_incident(incident, language, f"/i/{token}", REASONS))

    @app.get("/i/{token}/revision")
    async def revision(token: str) -> Response:
        _, incident_id = desk.person(token)
        return JSONResponse({"revision": await desk.revision(incident_id)})

    @app.get("/i/{token}/post-mortem")
    async def post_mortem(request: Request, token: str) -> Response:
        person, incident_id = desk.person(token)
        language = language_of(request, person)
        dossier = await desk.dossier(incident_id)
        story = await desk.story(dossier)
        text = render_post_mortem(story, desk.reader(person, language), desk.plan_title(dossier.incident, language))
        metrics.REQUESTS.labels("post-mortem", "done").inc()
        name = f"feuerwache-{str(dossier.incident.incident_id)[:8]}.md"
        return Response(text, media_type="text/markdown", headers={"Content-Disposition": f'inline; filename="{name}"'})

    add_orders(app, desk)
    if review is not None:
        app.include_router(QueueWeb(review).router())
    return app


def action_of(request: Request) -> str:
    last = request.url.path.rsplit("/", 1)[-1]
    if last in metrics.ACTIONS:
        return last
    return "queue" if request.url.path.startswith("/q/") else "view"
