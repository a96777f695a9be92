"""Sends posts, what happened to them, and appeals to Feuerwache. Needs nothing else of Feuerwache."""
