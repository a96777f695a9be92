"""The judge of one post: which rules hold, and what puts a rule out for a while."""
