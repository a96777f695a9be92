"""The description of the HTTP edge, made from the models that examine what comes in: `GET /openapi.json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from feuerwache.ingest.envelope import BATCH, STRUCTURED
from feuerwache.ingest.submission import (
    SubmittedAppeal,
    SubmittedDeletion,
    SubmittedModeration,
    SubmittedPost,
    SubmittedReport,
)

_ABOUT = (SubmittedDeletion, SubmittedReport, SubmittedModeration)
_REF = "#/components/schemas/{model}"
_OUTCOMES = {
    207: "some items were rejected; see each item",
    400: "the body cannot be taken apart",
    401: "no known token",
    403: "no item may be written with this token",
    413: "too many bytes or items",
    408: "the body took too long",
    415: "not JSON",
    422: "no item is valid",
    429: "more than the integration may send; wait for Retry-After",
    503: "Kafka or Redis does not answer: nothing was accepted, send it again",
}


def _operation(summary: str, collection: str, models: tuple[type, ...], *, cloudevents: bool = True) -> dict[str, Any]:
    one: dict[str, Any] = {"oneOf": [{"$ref": _REF.format(model=model.__name__)} for model in models]}
    many = {"type": "array", "items": one, "maxItems": 1000}
    wrapped = {"type": "object", "properties": {collection: many}, "required": [collection]}
    content: dict[str, Any] = {"application/json": {"schema": {"oneOf": [*one["oneOf"], many, wrapped]}}}
    if cloudevents:
        content |= {STRUCTURED: {"schema": {"type": "object"}}, BATCH: {"schema": {"type": "array"}}}
    return {
        "status_code": 202,
        "summary": summary,
        "responses": {
            202: {"description": "every item is acknowledged by Kafka (or was before)"},
            **{status: {"description": text} for status, text in _OUTCOMES.items()},
        },
        "openapi_extra": {
            "security": [{"token": []}],
            "requestBody": {"required": True, "content": content},
        },
    }


#: By path: what is sent there with POST.
OPERATIONS: Mapping[str, dict[str, Any]] = {
    "/v1/posts": _operation("New posts and edits (the same post with a higher revision)", "posts", (SubmittedPost,)),
    "/v1/events": _operation(
        "What happened to posts: deleted, reported, moderated (and posts)", "events", (SubmittedPost, *_ABOUT)
    ),
    "/v1/appeals": _operation(
        "Appeals of authors against decisions about their posts", "appeals", (SubmittedAppeal,), cloudevents=False
    ),
}
_INTEGRATION = {"name": "integration", "in": "path", "required": True, "schema": {"type": "string"}}
_UNPROVED = "no such hook, or not proved to be a call of its platform"
#: By method: what platforms call, in their own forms.
HOOKS: Mapping[str, dict[str, Any]] = {
    "GET": {
        "summary": "The handshake of a platform that makes one",
        "responses": {200: {"description": "what the platform asked for"}, 401: {"description": _UNPROVED}},
        "openapi_extra": {"parameters": [_INTEGRATION]},
    },
    "POST": {
        "summary": "A call of a platform, in its own form, with its own signature",
        "responses": {
            200: {"description": "everything in it is on record, or among the dead letters"},
            **{status: {"description": _OUTCOMES[status]} for status in (408, 413, 429, 503)},
            400: {"description": "not what this platform sends"},
            401: {"description": _UNPROVED},
            415: {"description": "a content encoding"},
        },
        "openapi_extra": {
            "parameters": [_INTEGRATION],
            "requestBody": {"required": True, "content": {"application/json": {"schema": {}}}},
        },
    },
}


def describe(app: FastAPI) -> None:
    """Adds the item models and the token to the app's own description."""

    def schema() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(title=app.title, version=app.version, routes=app.routes)
            _, models = models_json_schema(
                [(model, "validation") for model in (SubmittedPost, *_ABOUT, SubmittedAppeal)], ref_template=_REF
            )
            components = document.setdefault("components", {})
            components.setdefault("schemas", {}).update(models["$defs"])
            components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = schema  # type: ignore[method-assign]  # how FastAPI documents it
