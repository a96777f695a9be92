"""An integration that polls the YouTube of the tests, in the configuration of an ingest process."""

from __future__ import annotations

import json

from feuerwache.ingest.settings import IngestSettings
from support.submissions import COMMUNITY
from support.youtube import CHANNEL, FakeYouTube


def configure(settings: IngestSettings, fake: FakeYouTube, **more: str) -> None:
    """Beside the forum there is `tube`, whose key is in the variable YOUTUBE_KEY; `more` goes into its settings."""
    chosen = {"channel": CHANNEL, "base_url": fake.url, "interval": "1s", "recheck": "1s", **more}
    integration = {
        "id": "tube",
        "platform": "youtube",
        "communities": [COMMUNITY],
        "adapter": {"kind": "youtube", "secrets": {"key": [{"env": "YOUTUBE_KEY"}]}, "settings": chosen},
    }
    forum = {"id": "forum", "platform": "forum", "communities": [COMMUNITY]}
    (settings.config_dir / "integrations.yaml").write_text(json.dumps({"integrations": [forum, integration]}))
