"""A journal as Redis keeps it: the value of its Kafka record, deflated against a dictionary of what is in all of them.

Most journals are one or two entries long and consist of the names of their fields: a dictionary that both sides know
makes 120 bytes of 360, for 12 µs to pack and 4 to unpack (docs/rules/speed.md). A first byte says which dictionary.
"""

from __future__ import annotations

import zlib

#: Never change it: journals that were packed with it could not be read any more. A better one gets another mark.
_DICTIONARY = (
    b'"kind":"reported","labels":["insult","profanity","hate","threat","sexual","spam","complaint","negative",'
    b'"offensive"],"actions":["hide","warn","hold","review","forward","remove"],"automated":false,"step":"warning",'
    b'"points":1.0,"days":{"2026-11-14":{"posts":1,"reports":1,"violations":1,"warnings":1}},"seen":["'
    b'{"community":"","author_id":"","first_seen":"2026-11-14T20:00:00Z","entries":[{"generation":0,"offset":0,'
    b'"event_id":"-5-4-8","decision_id":"-5-","platform":"facebook","post_id":"1","revision":0,'
    b'"at":"2026-11-14T20:00:00Z","kind":"created","labels":["negative"],"actions":["approve"]},{"generation":0,"offset":'
)
_MARK = b"\x01"
#: No header and no checksum (Redis has the key), a window of 4 kB and the memory for that: less to set up each time.
_LEVEL, _WINDOW, _MEMORY = 1, -12, 5


def packed(value: bytes) -> bytes:
    """The value of a journal's record as it is kept."""
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW, _MEMORY, zlib.Z_DEFAULT_STRATEGY, _DICTIONARY)
    return _MARK + deflate.compress(value) + deflate.flush()


def unpacked(kept: bytes) -> bytes:
    """The value again. What was kept before journals were packed is JSON and comes back as it is."""
    if not kept.startswith(_MARK):
        return kept
    inflate = zlib.decompressobj(_WINDOW, _DICTIONARY)
    return inflate.decompress(kept[1:])
