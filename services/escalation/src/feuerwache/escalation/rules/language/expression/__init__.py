"""CEL, the language of conditions, as a tree: what is written, of which type, what it can be, what it costs. Pure."""
