"""What becomes of a post: written, reported, withdrawn, decided by humans, appealed."""
