"""Configuration files: YAML with file and line in every error, content hash, the last good version kept."""
