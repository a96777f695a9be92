"""Deletions, reports and humans' actions whose post nobody has heard of yet: they wait for it, and not for ever."""
