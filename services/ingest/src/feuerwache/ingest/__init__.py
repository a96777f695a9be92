"""Platforms plug in here: HTTP, gRPC and Kafka in, validated posts out."""
