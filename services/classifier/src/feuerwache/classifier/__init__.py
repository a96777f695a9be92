"""Scores posts: labels, language, matched words."""
