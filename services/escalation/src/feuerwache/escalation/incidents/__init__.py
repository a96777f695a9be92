"""Incidents: from an alarm to a person who takes over, and on until it is resolved."""
