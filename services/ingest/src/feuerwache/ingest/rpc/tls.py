"""TLS of the gRPC edge. With an authority for callers, every caller has to bring a certificate that it has signed:
gRPC's Python server cannot ask without insisting. Which one an integration needs stands in `integrations.yaml`.
"""

from __future__ import annotations

from pathlib import Path

import grpc

from feuerwache.common.errors import FatalError


def bind(
    server: grpc.aio.Server, address: str, certificate: Path | None, key: Path | None, client_authority: Path | None
) -> int:
    """The port that is bound; without TLS where no certificate is set. Raises `FatalError` for files that will not do.

    The files are read once: a changed certificate needs a restart.
    """
    if certificate is None and key is None and client_authority is None:
        return server.add_insecure_port(address)
    if certificate is None or key is None:
        raise FatalError("TLS needs FEUERWACHE_GRPC_TLS_CERT_FILE and FEUERWACHE_GRPC_TLS_KEY_FILE, both of them")
    try:
        pair = (key.read_bytes(), certificate.read_bytes())
        trusted = client_authority.read_bytes() if client_authority is not None else None
        credentials = grpc.ssl_server_credentials([pair], trusted, require_client_auth=trusted is not None)
        return server.add_secure_port(address, credentials)
    except (OSError, RuntimeError) as error:  # gRPC says with a RuntimeError that it cannot bind
        raise FatalError(f"FEUERWACHE_GRPC_TLS_…_FILE or {address} cannot be used: {type(error).__name__}") from None
