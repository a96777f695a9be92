"""The house rules: judges every post, keeps the author's journal, and reports the pulse of the communities."""
