"""The feuerwache command line."""
