"""Calendars as other programs know them (RFC 5545): duties out, absences and shifts in."""
