"""Answers over HTTP: `/answers/slack`, `/answers/telegram`, `/answers/twilio/voice`, `…/sms`, `…/status`.

A body is read up to a bound and proven before anything in it is looked at; what does not hold is a bare 403. A sender
nobody knows, a foreign or old button and a late answer are no errors: they get a sentence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar
from xml.etree.ElementTree import Element, SubElement, tostring

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from feuerwache.common.logging import logger
from feuerwache.notifier import metrics
from feuerwache.notifier.answering import callback, proof, sender
from feuerwache.notifier.answering.desk import AnswerDesk, By
from feuerwache.notifier.answering.door import Doors, SlackDoor, TelegramDoor, TwilioDoor
from feuerwache.notifier.answering.failures import Failures
from feuerwache.notifier.answering.telling import tell_slack, tell_telegram
from feuerwache.notifier.answering.wording import WORDS
from feuerwache.notifier.channels.credential import Credential
from feuerwache.notifier.channels.http import SecretError
from feuerwache.notifier.channels.telegram import shortened
from feuerwache.notifier.channels.voice import gather, say
from feuerwache.notifier.message.gsm import SINGLE, cut, written

MAX_BODY = 64 * 1024
BODY_SECONDS = 5.0
#: Telegram takes 0 to 200 characters for an answer to a button; counted in UTF-16 units, which are never fewer
#: (https://core.telegram.org/bots/api#answercallbackquery).
MOST_NOTICE = 200

G = TypeVar("G")
F = TypeVar("F")
log = logger(__name__)


def answering_router(desk: AnswerDesk, doors: Doors, failures: Failures) -> APIRouter:
    router = APIRouter(prefix="/answers")
    if doors.slack is not None:
        _add_slack(router, desk, doors.slack)
    if doors.telegram is not None:
        _add_telegram(router, desk, doors.telegram)
    if doors.twilio is not None:
        _add_twilio(router, desk, doors.twilio, failures)
    return router


def _add_slack(router: APIRouter, desk: AnswerDesk, door: SlackDoor) -> None:
    @router.post("/slack")
    async def slack(request: Request) -> Response:
        body = await _body(request)
        timestamp, signature = (request.headers.get(f"x-slack-{name}") for name in ("request-timestamp", "signature"))
        secret = await _secret(door.secret)
        _must(proof.from_slack(body, timestamp, signature, secret, desk.clock.real_now()), "slack")
        found = _understood(callback.slack, body, "slack")
        if found is not None:
            people, pressed = desk.people(), found.pressed
            persons = sender.by_slack(people, pressed.account, pressed.place)
            taken = await desk.take("slack", pressed, persons, sender.rooms(people, pressed.place))
            desk.later(tell_slack(desk, door, found, taken))
        return Response()


def _add_telegram(router: APIRouter, desk: AnswerDesk, door: TelegramDoor) -> None:
    @router.post("/telegram")
    async def telegram(request: Request) -> Response:
        """The answer is what this very request is answered with
        (https://core.telegram.org/bots/api#making-requests-when-getting-updates)."""
        body = await _body(request)
        given = request.headers.get("x-telegram-bot-api-secret-token")
        _must(proof.from_telegram(given, await _secret(door.secret)), "telegram")
        found = _understood(callback.telegram, body, "telegram")
        if found is None:
            return Response()
        people, pressed = desk.people(), found.pressed
        persons = sender.by_telegram(people, pressed.account)
        taken = await desk.take("telegram", pressed, persons, sender.rooms(people, pressed.place))
        answer = await desk.settle("telegram", taken)
        desk.later(tell_telegram(door, found, answer))
        return JSONResponse(
            {
                "method": "answerCallbackQuery",
                "callback_query_id": pressed.press,
                "text": shortened(answer.text, MOST_NOTICE),
                "show_alert": True,
            }
        )


def _add_twilio(router: APIRouter, desk: AnswerDesk, door: TwilioDoor, failures: Failures) -> None:
    async def proven(request: Request, by: By) -> callback.Parameters:
        parameters = _understood(callback.form, await _body(request), by)
        query = f"?{request.url.query}" if request.url.query else ""
        url = f"{door.base}{request.url.path}{query}"
        signature = request.headers.get("x-twilio-signature")
        _must(proof.from_twilio(url, parameters, signature, await _secret(door.token)), by)
        _must(dict(parameters).get("AccountSid") == door.account, by)
        return parameters

    @router.post("/twilio/voice")
    async def voice(request: Request, r: str = "") -> Response:
        parameters = await proven(request, "voice")
        persons = sender.by_number(desk.people(), dict(parameters).get("To", ""))
        language = persons[0].language if persons else "de"
        pressed = _understood(lambda given: callback.voice(given, r), parameters, "voice")
        response = Element("Response")
        if pressed is None:
            say(gather(response, f"{door.base}{request.url.path}?r={r}"), WORDS[language].press, language, "3")
        else:
            answer = await desk.settle("voice", await desk.take("voice", pressed, persons))
            say(response, answer.text, language)
        return _twiml(response)

    @router.post("/twilio/sms")
    async def sms(request: Request) -> Response:
        given = dict(await proven(request, "sms"))
        persons = sender.by_number(desk.people(), given.get("From", ""))
        message_id = _understood(callback.message_id, given, "sms")
        taken = await desk.text_message(given.get("Body", ""), message_id, persons)
        answer = await desk.settle("sms", taken)
        response = Element("Response")
        SubElement(response, "Message").text = cut(written(answer.text), SINGLE)
        return _twiml(response)

    @router.post("/twilio/status")
    async def status(request: Request) -> Response:
        """Where a message or call has got to. One that did not arrive brings the person's next contact forward."""
        said = callback.report(dict(await proven(request, "sms")))
        metrics.MESSAGE_STATUS.labels(said.status).inc()
        which = _understood(callback.about, request.query_params, "sms")
        if not said.failed:
            return Response(status_code=204)
        log.warning("a message or call did not arrive", status=said.status, code=said.code)
        if which is not None and not await failures.record(which, said):
            raise HTTPException(503)
        return Response(status_code=204)


async def _body(request: Request) -> bytes:
    """Bounded in size and time: whoever dawdles here has proven nothing yet."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY:
                    raise HTTPException(413)
    except TimeoutError as error:
        raise HTTPException(408) from error
    return bytes(body)


async def _secret(credential: Credential) -> str:
    try:
        return await credential.read()
    except SecretError as error:
        log.error("an answer cannot be proven", reason=str(error))
        raise HTTPException(503) from error


def _must(holds: bool, by: By) -> None:
    if not holds:
        metrics.ANSWERS.labels(by, "forged").inc()
        raise HTTPException(403)


def _understood(parse: Callable[[G], F], given: G, by: By) -> F:
    try:
        return parse(given)
    except callback.BadCallback as error:
        metrics.ANSWERS.labels(by, "invalid").inc()
        raise HTTPException(400) from error


def _twiml(response: Element) -> Response:
    return Response(tostring(response, encoding="unicode"), media_type="text/xml")
