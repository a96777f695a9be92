"""What a request says beside its path: a small form, the language, what was sent before; and the answer to a POST."""

from __future__ import annotations

from typing import Any, get_args
from urllib.parse import parse_qs, urlencode
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from feuerwache.common.config.people import Person
from feuerwache.common.events.incident import Incident
from feuerwache.common.vocabulary import Language
from feuerwache.console import metrics
from feuerwache.console.desk import Refused
from feuerwache.console.page.leading import SENT, Order

MAX_FORM = 16 * 1024
MAX_STEP = 60


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


def order_of(request: Request) -> Order | None:
    """What this page was asked for after: the button, the command's id and the step."""
    asked = request.query_params.get("sent")
    sent = next((known for known in SENT if known == asked), None)
    if sent is None:
        return None
    try:
        command_id = UUID(request.query_params.get("id", ""))
    except ValueError:
        command_id = None
    return Order(sent, command_id, request.query_params.get("step", "")[:MAX_STEP])


def done(request: Request, path: str, person: Person, order: Order) -> Response:
    """Back to the page, which shows what has become of it; to the step itself when it was one.

    A push's button (`?from=push`) shows no page, so it gets none. In a browser it sends this POST from the push
    server's own page, which learns whether it was taken only if it may read the answer: this one alone, and it holds
    nothing (https://fetch.spec.whatwg.org/#http-cors-protocol). A form without further headers asks nobody beforehand.
    """
    metrics.REQUESTS.labels(order.sent, "done").inc()
    if order.sent == "acknowledge" and request.query_params.get("from") == "push":
        return Response(status_code=204, headers={"Access-Control-Allow-Origin": "*"})
    query: dict[str, str] = {"sent": order.sent, "lang": language_of(request, person)}
    if order.command_id is not None:
        query["id"] = str(order.command_id)
    if order.step:
        query["step"] = order.step
    place = f"#step-{order.step}" if order.step else "" if order.sent in ("acknowledge", "resolve") else "#lead"
    return RedirectResponse(f"{path}?{urlencode(query)}{place}", status_code=303)
