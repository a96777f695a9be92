"""The manager's web page: what burns, who is on it, one button."""
