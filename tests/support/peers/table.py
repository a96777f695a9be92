"""Every channel and its peer. A new channel is one more line here."""

from __future__ import annotations

from support.peers.mail import MAIL
from support.peers.peer import Peer
from support.peers.webhook import WEBHOOK

PEERS: tuple[Peer, ...] = (MAIL, WEBHOOK)
