"""Every test can ask for `kafka`, `redis_url` and `topic_prefix`; see tests/support/servers.py."""

import os

pytest_plugins = ["support.servers"]

#: Tests count posts. The one that is about canaries lets them sing.
os.environ["FEUERWACHE_CANARY_SECONDS"] = "0"
