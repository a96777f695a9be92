"""Rules per post, crisis detection, incidents and their escalation."""
