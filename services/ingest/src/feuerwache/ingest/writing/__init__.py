"""How accepted items get onto record: one flush for all who wait, within a bound, and no waiting for a dead broker."""
