"""Which certificates downloads trust: what the environment names, else the machine's own bundle.

`requests` ships a bundle that knows no company's proxy; with nothing set, the machine's own list is the better guess.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAMED_BY = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
USUAL_PLACES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",  # openSUSE
    "/etc/ssl/cert.pem",  # macOS
)


def ca_bundle() -> str | None:
    """The file of trusted certificates; None leaves the choice to the library."""
    for name in (*NAMED_BY, "SSL_CERT_FILE"):
        if value := os.environ.get(name):
            return value
    for place in (ssl.get_default_verify_paths().cafile, *USUAL_PLACES):
        if place and Path(place).is_file():
            return place
    return None


@contextmanager
def machine_certificates() -> Iterator[None]:
    """While it lasts, `requests` in this process trusts `ca_bundle()`, unless the environment says otherwise."""
    bundle = ca_bundle()
    if bundle is None or any(os.environ.get(name) for name in NAMED_BY):
        yield
        return
    os.environ["REQUESTS_CA_BUNDLE"] = bundle
    try:
        yield
    finally:
        os.environ.pop("REQUESTS_CA_BUNDLE", None)
