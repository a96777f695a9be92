"""Every test can ask for `kafka`, `redis_url` and `topic_prefix`; see tests/support/servers.py."""

pytest_plugins = ["support.servers"]
