"""Kafka: topics, keys, the per-partition transactional runner, dead letters, connection settings."""
