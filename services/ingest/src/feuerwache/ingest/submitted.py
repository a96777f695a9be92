"""`posts.submitted.v1` → `posts.received.v1`: for integrations that write to Kafka themselves.

The same examination as over HTTP. The record's value is one JSON item, or a CloudEvent (structured, or binary with
`ce_*` headers); the header `fw-integration` names the integration (who may write to the topic is the broker's
business). What is not right becomes a dead letter with its problems; what is right goes on in the same transaction, or
waits for its post (`orphans/`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from feuerwache.common.kafka.record import DeadLetter, Outgoing, Output, Record, StatelessHandler
from feuerwache.ingest.authors import Authors
from feuerwache.ingest.envelope import STRUCTURED, Unreadable, cloudevent, parse
from feuerwache.ingest.integration import Integration, Integrations
from feuerwache.ingest.item import Item
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.problem import Problem
from feuerwache.ingest.reception import Ready, Reception

STAGE = "ingest-submitted"
WAY = "kafka"
INTEGRATION_HEADER = "fw-integration"
ERROR_CLASS = "InvalidSubmission"


class SubmittedHandler(StatelessHandler):
    def __init__(
        self, integrations: Callable[[], Integrations], reception: Reception, authors: Authors, metrics: Metrics
    ) -> None:
        self._integrations = integrations
        self._reception = reception
        self._authors = authors
        self._metrics = metrics
        self._uncounted: list[Ready | str] = []

    async def handle(self, records: Sequence[Record]) -> Output:
        answers = await self._reception.prepare([self._read(record) for record in records], WAY)
        outgoing: list[Outgoing] = []
        letters: list[DeadLetter] = []
        self._uncounted = []
        for record, answer in zip(records, answers, strict=True):
            if isinstance(answer, Ready):
                outgoing += answer.records
                self._uncounted.append(answer)
                if answer.place is not None:
                    self._authors.remember(answer.place, answer.mark.author)
            else:
                letters.append(DeadLetter(record, ERROR_CLASS, " | ".join(str(problem) for problem in answer)))
                self._uncounted.append(answer[0].code)
        return Output(outgoing, letters)

    async def committed(self) -> None:
        for outcome in self._uncounted:
            if isinstance(outcome, Ready):
                counter = self._metrics.pending if outcome.pending else self._metrics.accepted
                counter.labels(WAY, outcome.integration).inc()
            else:
                self._metrics.rejected.labels(WAY, outcome).inc()
        self._uncounted = []

    def _read(self, record: Record) -> tuple[Item, Integration | tuple[Problem, ...]]:
        headers = {name.lower(): (value or b"").decode(errors="replace") for name, value in record.headers}
        name = headers.get(INTEGRATION_HEADER)
        integration = self._integrations().get(name) if name else None
        if integration is None:
            fix = "send one of config/integrations.yaml in the record header"
            missing = Problem(
                "unknown_integration", INTEGRATION_HEADER, "names no integration", fix, name and name[:60]
            )
            return Item(None), (missing,)
        return _item(record, headers), integration


def _item(record: Record, headers: dict[str, str]) -> Item:
    try:
        document = parse(record.value or b"")
    except Unreadable as error:
        return Item(None, problems=(Problem("not_json", "", "is not JSON", error.detail),))
    attributes = {name[3:]: value for name, value in headers.items() if name.startswith("ce_")}
    if headers.get("content-type", "").startswith(STRUCTURED):
        return cloudevent(document)
    if attributes:
        return cloudevent({**attributes, "data": document, "traceparent": headers.get("traceparent")})
    return Item(document)
