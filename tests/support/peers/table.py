"""Every channel and its peer. A new channel is one more line here."""

from __future__ import annotations

from support.peers.alertmanager import ALERTMANAGER
from support.peers.apprise import APPRISE
from support.peers.mail import MAIL
from support.peers.ntfy import NTFY
from support.peers.pagerduty import PAGERDUTY
from support.peers.peer import Peer
from support.peers.slack import SLACK
from support.peers.telegram import TELEGRAM
from support.peers.twilio import SMS, VOICE
from support.peers.webhook import WEBHOOK

PEERS: tuple[Peer, ...] = (MAIL, SMS, VOICE, SLACK, TELEGRAM, NTFY, PAGERDUTY, ALERTMANAGER, WEBHOOK, APPRISE)
