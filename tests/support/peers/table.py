"""Every channel and its peer. A new channel is one more line here."""

from __future__ import annotations

from support.peers.alertmanager import ALERTMANAGER
from support.peers.apprise import APPRISE
from support.peers.mail import MAIL
from support.peers.ntfy import NTFY
from support.peers.pagerduty import PAGERDUTY
from support.peers.peer import Peer
from support.peers.webhook import WEBHOOK

PEERS: tuple[Peer, ...] = (MAIL, NTFY, PAGERDUTY, ALERTMANAGER, WEBHOOK, APPRISE)
