"""Which Chromium the tests of pages use: `FEUERWACHE_CHROMIUM`, else the one of the path, else Playwright's own.

Without any of them those tests fail and say so: a page that no browser has seen is not tested.
"""

from __future__ import annotations

import os
import shutil


def chromium() -> str | None:
    """None: Playwright looks for its own."""
    return os.environ.get("FEUERWACHE_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
