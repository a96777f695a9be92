"""How far an author can be trusted, from their own record in a community alone."""

from __future__ import annotations

#: What is known of somebody before they wrote anything: as much as ten posts, half of them fine.
PRIOR = 5
#: Clean posts that one violation of the last 90 days outweighs, and one of the last year.
FRESH, STALE = 3.0, 1.5


def trust(posts: int, fresh: int, stale: int = 0) -> float:
    """0..1: 0.5 for somebody unknown, rising with clean posts, falling by violations.

    The expected value of a beta distribution, (r + a) / (r + s + a + b), with r for what went well and s for what did
    not, and with forgetting (Jøsang and Ismail, The Beta Reputation System, 2002, sections 2.1 and 3.2). Here r is the
    clean posts, s the violations weighed by age: `fresh` ones (90 days) three times, `stale` ones (older, up to a year)
    one and a half times, older ones not at all. The prior a = b = 5 keeps a few posts from meaning much: ten clean
    posts give 0.75.
    """
    clean = max(0, posts - fresh - stale)
    against = FRESH * fresh + STALE * stale
    return round((clean + PRIOR) / (clean + against + 2 * PRIOR), 4)
