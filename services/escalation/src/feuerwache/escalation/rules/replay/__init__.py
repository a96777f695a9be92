"""`feuerwache rules replay` and `rules shadow`: a rule change tried on what already passed, before it bites."""
