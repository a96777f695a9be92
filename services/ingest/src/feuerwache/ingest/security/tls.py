"""TLS of the HTTP edge: its own certificate and, where a client authority is set, those of its callers.

A caller may come without a certificate; which integrations ask for one stands in `integrations.yaml`
(`client_certificates`), and the gate looks. One that no authority of ours has signed is refused in the handshake. The
files are read at the start: a changed certificate needs a restart.
"""

from __future__ import annotations

import ssl
from pathlib import Path

from feuerwache.common.errors import FatalError


def server_tls(certificate: Path | None, key: Path | None, client_authority: Path | None) -> ssl.SSLContext | None:
    """None where no certificate is set. Raises `FatalError` when the files are not what they should be."""
    if certificate is None or key is None:
        if certificate is not None or key is not None or client_authority is not None:
            both = "FEUERWACHE_HTTP_TLS_CERT_FILE and FEUERWACHE_HTTP_TLS_KEY_FILE"
            raise FatalError(f"TLS needs {both}, both of them")
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise FatalError(f"FEUERWACHE_HTTP_TLS_…_FILE cannot be used: {type(error).__name__}") from None
    if client_authority is not None:
        try:
            context.load_verify_locations(client_authority)
        except (OSError, ssl.SSLError) as error:
            raise FatalError(f"FEUERWACHE_HTTP_TLS_CLIENT_CA_FILE: {type(error).__name__}") from None
        context.verify_mode = ssl.CERT_OPTIONAL
    return context
