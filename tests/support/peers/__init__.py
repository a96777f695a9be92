"""Peers on loopback that stand in for providers of notifications, and what each of them may do to a channel."""
