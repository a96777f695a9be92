"""Escalation policies: whom to reach, in which order, and how long each step may take."""
