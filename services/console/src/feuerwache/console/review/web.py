"""The review queue over HTTP: `/q/{token}`. GET looks, POST decides.

As with an incident's page, the token in the path is the capability and there is no cookie, so there is nothing that a
foreign site could make a browser send along. On top of it a POST that a browser says comes from another site
(`Sec-Fetch-Site`, https://www.w3.org/TR/fetch-metadata/) is refused: the address might have been passed on.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from feuerwache.common.config.people import Person
from feuerwache.common.events.decision import AnswerAppeal, ReviewDecision
from feuerwache.common.vocabulary import Language
from feuerwache.console import metrics
from feuerwache.console.desk import Refused
from feuerwache.console.form import form_of, language_of
from feuerwache.console.page.case import post_view
from feuerwache.console.page.queue import Sent, Surroundings, Told, outcome, queue_view
from feuerwache.console.page.render import render_case, render_queue
from feuerwache.console.review.desk import Given, ReviewDesk, pending
from feuerwache.console.review.query import post_of, query_of, query_of_sent, sent_of, sieve_of
from feuerwache.console.review.verdict import Verdict
from feuerwache.console.store.claim import Claim
from feuerwache.console.store.queue import Case, QueuePage, Sieve
from feuerwache.console.store.words import UPHELD

MAX_NOTE = 500
#: What the button says that leaves a decision as it is.
UPHOLD = "uphold"
#: Where a browser may say that a POST comes from; one that says nothing is an older one, or none.
OWN = frozenset({None, "same-origin", "none"})
Claimed = Callable[[Case], Claim | None]


class QueueWeb:
    """The handlers; `desk` knows people, posts and the broker."""

    def __init__(self, desk: ReviewDesk) -> None:
        self._desk = desk

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/q")
        router.add_api_route("/{token}", self.look, methods=["GET", "HEAD"])
        router.add_api_route("/{token}/post", self.post, methods=["GET", "HEAD"])
        router.add_api_route("/{token}/revision", self.revision, methods=["GET"])
        router.add_api_route("/{token}/decide", self.decide, methods=["POST"])
        router.add_api_route("/{token}/answer", self.answer, methods=["POST"])
        return router

    async def look(self, request: Request, token: str) -> Response:
        person = self._desk.person(token)
        language = language_of(request, person)
        sieve, sent = sieve_of(request.query_params), sent_of(request.query_params)
        page = await self._desk.page(sieve)
        around = Surroundings(
            title=self._desk.title,
            claimed=self._claimed,
            here=query_of(sieve, after=sieve.after),
            first=query_of(sieve, after=None),
            following=query_of(sieve, after=page.following) if page.following is not None else None,
            state=f"/q/{token}/revision?{request.url.query}",
            revision=revision_of(page, self._claimed),
        )
        told = await self._told(sent, person, language)
        view = queue_view(page, sieve, self._desk.reader(person, language), around, sent=sent, told=told)
        metrics.REQUESTS.labels("queue", "done").inc()
        return HTMLResponse(render_queue(view, language, f"/q/{token}"))

    async def post(self, request: Request, token: str) -> Response:
        person = self._desk.person(token)
        language = language_of(request, person)
        case = await self._desk.case(*post_of(request.query_params))
        around = Surroundings(
            title=self._desk.title,
            claimed=self._claimed,
            state=f"/q/{token}/revision?{request.url.query}",
            revision=revision_of_case(case, self._claimed),
        )
        reader = self._desk.reader(person, language)
        told = await self._told(sent_of(request.query_params), person, language)
        queue = queue_view(QueuePage((), 0, (), None), Sieve(), reader, around, told=told)
        title = self._desk.title(case.ref.community)
        view = post_view(case, reader, title, claimed=self._claimed(case), whole=True)
        metrics.REQUESTS.labels("queue", "done").inc()
        return HTMLResponse(render_case(view, queue, language, f"/q/{token}"))

    async def revision(self, request: Request, token: str) -> Response:
        """What an open page asks now and then: whether it is still the truth, and what became of the click."""
        person = self._desk.person(token)
        told = await self._told(sent_of(request.query_params), person, language_of(request, person))
        platform, post_id = post_of(request.query_params)
        if platform and post_id:
            now = revision_of_case(await self._desk.case(platform, post_id), self._claimed)
        else:
            now = revision_of(await self._desk.page(sieve_of(request.query_params)), self._claimed)
        answer = {"revision": now, "told": told.text if told else None, "pending": bool(told and told.pending)}
        return JSONResponse(answer)

    async def decide(self, request: Request, token: str) -> Response:
        return await self._say(request, token, ReviewDecision)

    async def answer(self, request: Request, token: str) -> Response:
        return await self._say(request, token, AnswerAppeal)

    async def _say(self, request: Request, token: str, word: type[ReviewDecision | AnswerAppeal]) -> Response:
        person, back = self._desk.person(token), f"/q/{token}"
        language = language_of(request, person)
        if request.headers.get("sec-fetch-site") not in OWN:
            raise Refused(403, "queue_invalid", "refused", back=back, language=language)
        form = await form_of(request)
        platform, post_id = post_of(form)
        verdict = next((known for known in Verdict if known.value == form.get("verdict")), None)
        upholds = word is AnswerAppeal and form.get("verdict") == UPHOLD
        if not platform or not post_id or (verdict is None and not upholds):
            raise Refused(422, "queue_invalid", "invalid", back=back, language=language)
        self._desk.check(person, word, back, language)
        case = await self._desk.case(platform, post_id)
        seen, note = form.get("seen", ""), form.get("note", "").strip()[:MAX_NOTE]
        if word is AnswerAppeal or verdict is None:
            given = await self._desk.answer(case, person, seen, verdict, note)
        else:
            given = await self._desk.review(case, person, seen, verdict, note)
        metrics.REQUESTS.labels("answer" if word is AnswerAppeal else "decide", "done").inc()
        sent = Sent(platform, post_id, verdict.value if verdict is not None else UPHELD, command_of(given))
        return RedirectResponse(f"{back}{where(request, form, sent, language)}", status_code=303)

    def _claimed(self, case: Case) -> Claim | None:
        return pending(case, self._desk.real_now())

    async def _told(self, sent: Sent | None, person: Person, language: Language) -> Told | None:
        if sent is None:
            return None
        case = await self._desk.find(sent.platform, sent.post_id)
        claimed = self._claimed(case) if case is not None else None
        return outcome(case, sent, self._desk.reader(person, language), claimed)


def where(request: Request, form: dict[str, str], sent: Sent, language: Language) -> str:
    """Back to the page that was clicked on, which shows what became of it."""
    query = {**query_of_sent(sent), "lang": language}
    if form.get("alone") == "yes":
        return f"/post?{urlencode({'platform': sent.platform, 'post_id': sent.post_id, **query})}"
    sieve = sieve_of(request.query_params)
    return f"?{query_of(sieve, after=sieve.after)}{urlencode(query)}"


def command_of(given: Given) -> str:
    return str(given.command_id) if given.command_id is not None else ""


def revision_of(page: QueuePage, claimed: Claimed) -> str:
    """Changes with the posts of this page that somebody can decide about, and with what is known of them."""
    return digest(*(state_of(case) for case in page.cases if claimed(case) is None))


def revision_of_case(case: Case, claimed: Claimed) -> str:
    return digest(state_of(case), str(claimed(case)))


def state_of(case: Case) -> str:
    return repr((case.ref, case.looked_at, case.deleted, [(one.cause_id, one.state) for one in case.appeals]))


def digest(*states: str) -> str:
    return sha256("\n".join(states).encode()).hexdigest()[:16]
