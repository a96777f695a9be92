"""Ingest: platforms plug in here. Validated, numbered and acknowledged posts come out."""
