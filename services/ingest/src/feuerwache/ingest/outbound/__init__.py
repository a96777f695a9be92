"""Decisions back to the platforms: by signed webhook or as a resumable gRPC stream, each integration for itself."""
