"""Integrations whose authors we are not to know: `privacy: pseudonymous`."""
