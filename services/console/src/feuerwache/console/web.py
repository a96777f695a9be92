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
from typing import Any, Literal, get_args
from urllib.parse import parse_qs

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from feuerwache.common.config.people import Person
from feuerwache.common.errors import TransientError
from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.incident import Acknowledge, Incident, IncidentState, Resolve
from feuerwache.common.vocabulary import Language
from feuerwache.console import metrics
from feuerwache.console.desk import Desk, Refused
from feuerwache.console.page.render import render_incident, render_notice
from feuerwache.console.page.view import Sent, view

MAX_FORM = 8 * 1024
MAX_NOTE = 500
Reason = Literal["handled", "calmed_down", "false_alarm", "duplicate", "drill"]
REASONS: tuple[Reason, ...] = get_args(Reason)
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


def make_app(desk: Desk) -> FastAPI:
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
        page = render_notice(error.name, language_of(request), back=error.back, reload_seconds=error.reload)
        return HTMLResponse(page, error.status, {"Retry-After": "2"} if error.status == 503 else None)

    @app.exception_handler(TransientError)
    async def unavailable(request: Request, _: Exception) -> Response:
        token = request.path_params.get("token")
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
        incident = view(dossier, desk.reader(person, language), sent_of(request))
        metrics.REQUESTS.labels("view", "done").inc()
        return HTMLResponse(render_incident(incident, language, f"/i/{token}", REASONS))

    @app.get("/i/{token}/revision")
    async def revision(token: str) -> Response:
        _, incident_id = desk.person(token)
        return JSONResponse({"revision": await desk.revision(incident_id)})

    @app.post("/i/{token}/acknowledge")
    async def acknowledge(request: Request, token: str) -> Response:
        person, incident_id = desk.person(token)
        incident = (await desk.dossier(incident_id)).incident
        form = await form_of(request)
        command = Acknowledge(incident_id=incident_id, actor=Actor(person_id=person.id, via=Via.LINK))
        await desk.give(incident, command, seen_in(form, incident))
        return done(request, token, "acknowledge", person)

    @app.post("/i/{token}/resolve")
    async def resolve(request: Request, token: str) -> Response:
        person, incident_id = desk.person(token)
        incident = (await desk.dossier(incident_id)).incident
        form = await form_of(request)
        reason = next((known for known in REASONS if known == form.get("reason")), None)
        if reason is None:
            raise Refused(422, "invalid", "invalid", back=f"/i/{token}")
        if incident.state is not IncidentState.RESOLVED:
            command = Resolve(
                incident_id=incident_id,
                actor=Actor(person_id=person.id, via=Via.LINK),
                reason=reason,
                note=form.get("note", "")[:MAX_NOTE],
            )
            await desk.give(incident, command, seen_in(form, incident))
        return done(request, token, "resolve", person)

    return app


def done(request: Request, token: str, what: Sent, person: Person) -> Response:
    """Back to the page, which shows what has become of it."""
    metrics.REQUESTS.labels(what, "done").inc()
    return RedirectResponse(f"/i/{token}?sent={what}&lang={language_of(request, person)}", status_code=303)


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a small form, each once. Raises `Refused` for one that is too large or not text."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM:
            raise Refused(413, "invalid", "invalid")
    try:
        fields: dict[str, list[str]] = parse_qs(body.decode(), max_num_fields=20)
    except ValueError as error:
        raise Refused(422, "invalid", "invalid") from error
    return {name: values[-1] for name, values in fields.items()}


def seen_in(form: dict[str, str], incident: Incident) -> str:
    """The revision of the page that was seen; without one, the present one."""
    seen = form.get("revision", "")
    return seen if seen.isascii() and seen.isdigit() and len(seen) < 10 else str(incident.revision)


def language_of(request: Request, person: Person | None = None) -> Language:
    """What the reader chose, else the person's language, else what the browser asks for first; German in doubt."""
    chosen: Any = request.query_params.get("lang")
    if chosen in get_args(Language):
        language: Language = chosen
        return language
    if person is not None:
        return person.language
    accepted = request.headers.get("accept-language", "").lower()
    return "en" if accepted.startswith("en") else "de"


def sent_of(request: Request) -> Sent | None:
    sent = request.query_params.get("sent")
    return "acknowledge" if sent == "acknowledge" else "resolve" if sent == "resolve" else None


def action_of(request: Request) -> str:
    last = request.url.path.rsplit("/", 1)[-1]
    return last if last in metrics.ACTIONS else "view"
