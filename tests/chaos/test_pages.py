"""The short form of a bad night for the notifier, and proof that its verdict can be a bad one."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from chaos.pages import delivery_of, judge, night, page_for
from feuerwache.common.events.page import PageReceipt, ReceiptStatus
from support.deliveries import NOW
from support.servers import KafkaServer


def test_killed_before_and_after_the_provider_took_it_no_page_is_lost_and_repeats_say_so(
    kafka: KafkaServer, topic_prefix: str, tmp_path: Path
) -> None:
    points = ("after_commit", "after_channel")
    figures = asyncio.run(night(kafka.bootstrap, topic_prefix, tmp_path, points=points, instances=1, rate=15))
    assert figures.clean, figures
    assert figures.kills == dict.fromkeys(points, 1)
    assert figures.outcomes_unknown > 0, "no kill came between claiming and settling"
    assert figures.seen >= figures.requested - figures.quiet_not_repeated > 0


PARENT = """
import sys, time
from pathlib import Path
from chaos.pages import Notifiers
from feuerwache.local.group import ProcessGroup

with ProcessGroup() as group:
    print(Notifiers(group, Path(sys.argv[1]), {"FEUERWACHE_KAFKA_BOOTSTRAP": "127.0.0.1:1"}).join().pid, flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
def test_the_notifiers_of_a_bad_night_end_with_it(tmp_path: Path, signum: signal.Signals) -> None:
    tests = str(Path(__file__).parents[1])
    path = os.pathsep.join([tests, *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": path}) as parent:
        assert parent.stdout is not None
        notifier = psutil.Process(int(parent.stdout.readline()))
        parent.send_signal(signum)
        parent.wait(30)
        _, alive = psutil.wait_procs([notifier], timeout=30)
        assert alive == []


def test_the_verdict_sees_what_is_lost_doubled_unmarked_and_unsettled() -> None:
    page_id, page = uuid4(), page_for("m1", quiet=False)
    key = str(delivery_of(page_id, page))

    def receipt(status: ReceiptStatus) -> PageReceipt:
        return PageReceipt(
            page_id=page_id,
            delivery_id=delivery_of(page_id, page),
            incident_id=page.incident_id,
            step=0,
            status=status,
            at=NOW,
        )

    sent, unknown = receipt(ReceiptStatus.SENT), receipt(ReceiptStatus.OUTCOME_UNKNOWN)
    once = judge({page_id: page}, [sent], {key: [False]}, {}, 1.0)
    assert once.clean
    declared = judge({page_id: page}, [unknown, sent], {key: [False, True]}, {}, 1.0)
    assert (declared.clean, declared.repeats_declared) == (True, 1)
    assert judge({page_id: page}, [sent], {}, {}, 1.0).lost == 1
    assert judge({page_id: page}, [sent], {key: [False, True]}, {}, 1.0).doubled_outside == 1
    assert judge({page_id: page}, [unknown, sent], {key: [False, False]}, {}, 1.0).repeats_unmarked == 1
    assert judge({page_id: page}, [unknown], {key: [False]}, {}, 1.0).unsettled == 1
    quiet = {page_id: page.model_copy(update={"urgency": page_for("m1", quiet=True).urgency})}
    assert judge(quiet, [unknown], {}, {}, 1.0).quiet_not_repeated == 1
    assert not replace(once, lost=1).clean
