"""Finds out who is on call and reaches them."""
