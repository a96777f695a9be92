"""Calendars: the public holidays of a region, and the time class of an instant. Pure; zone and region are handed in."""
