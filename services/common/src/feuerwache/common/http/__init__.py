"""What everyone needs who fetches or sends over HTTP, or is called back.

- `guard`: which addresses may be called at all (no internal ones, whoever wrote the host).
- `client`: one bounded GET or POST through the guard: time, size, no redirects, no proxies, no address in a log.
- `failure`: why there was no answer, in words that may go on record.
- `retry`: what an answer's status means, how long the other side asks to wait, how long to wait by oneself.
- `signature`: HMACs made and compared in constant time, and how old a signed call may be.

Channels of the notifier stand on `notifier/channels/http.py`, which makes outcomes of all this.
"""
