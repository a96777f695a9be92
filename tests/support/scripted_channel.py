"""A channel of the notifier that answers as written: for tests of what stands around channels."""

from __future__ import annotations

import asyncio

from feuerwache.notifier.channels.channel import Dedup, Delivery, Outcome
from feuerwache.notifier.message.message import Message


class ScriptedChannel:
    """Gives the answers in turn, the last one for ever; counts its sends and how many it serves at once."""

    name = "email"
    dedup = Dedup.MESSAGE_ID

    def __init__(self, *answers: Outcome | Exception, gate: asyncio.Event | None = None) -> None:
        self.answers = list(answers)
        self.gate = gate
        self.sent: list[tuple[Delivery, Message]] = []
        self.at_once = 0
        self.most_at_once = 0
        self.closed = False

    async def send(self, delivery: Delivery, message: Message) -> Outcome:
        self.sent.append((delivery, message))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await (self.gate.wait() if self.gate else asyncio.sleep(0))
        self.at_once -= 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self) -> None:
        self.closed = True
