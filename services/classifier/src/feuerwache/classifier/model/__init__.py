"""The pure core: a text in, scores, language and reasons out. No I/O, no clock, no framework."""
