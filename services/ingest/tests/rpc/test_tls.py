"""TLS of the gRPC edge: an integration with certificates is admitted with one of them, and not without."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import grpc
import pytest
import trustme
from prometheus_client import CollectorRegistry

from feuerwache.common.clock import SystemClock
from feuerwache.common.errors import FatalError
from feuerwache.common.grpchealth import HealthService
from feuerwache.ingest.intake import Intake
from feuerwache.ingest.integration import Gate, Integration, Integrations, hash_of, new_token
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.rpc import SERVICE, IngestService, bind, make_server
from feuerwache.ingest.security.quota import Quota
from feuerwache.ingest.v1 import ingest_pb2, ingest_pb2_grpc


def server_of(integration: Integration) -> grpc.aio.Server:
    stop = asyncio.Event()
    gate = Gate(lambda: Integrations(integrations=(integration,)), {})
    metrics = Metrics([], CollectorRegistry())
    nobody: Any = None  # an empty request gets no further than the gate
    service = IngestService(gate, cast(Intake, nobody), cast(Quota, nobody), SystemClock(), metrics, stop=stop)
    return make_server(service, HealthService(SERVICE, dict, stop))


def test_the_certificate_that_is_asked_for_opens_and_no_other(tmp_path: Path) -> None:
    authority, strangers = trustme.CA(), trustme.CA()
    own = authority.issue_cert("localhost")
    files = [tmp_path / name for name in ("cert", "key", "ca")]
    own.cert_chain_pems[0].write_to_path(str(files[0]))
    own.private_key_pem.write_to_path(str(files[1]))
    authority.cert_pem.write_to_path(str(files[2]))
    token = new_token()
    integration = Integration(
        id="f", platform="f", communities=("c",), token_sha256=(hash_of(token),), client_certificates=("forum.example",)
    )

    async def answered(port: int, issuer: trustme.CA | None, name: str) -> grpc.StatusCode:
        """An empty request, which is INVALID_ARGUMENT once the caller is known."""
        cert = issuer.issue_cert(name) if issuer is not None else None
        credentials = grpc.ssl_channel_credentials(
            files[2].read_bytes(),
            cert.private_key_pem.bytes() if cert is not None else None,
            cert.cert_chain_pems[0].bytes() if cert is not None else None,
        )
        async with grpc.aio.secure_channel(f"localhost:{port}", credentials) as channel:
            stub = ingest_pb2_grpc.IngestServiceStub(channel)
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                metadata = [("authorization", f"Bearer {token}")]
                await stub.Publish(ingest_pb2.PublishRequest(), metadata=metadata, timeout=20)
            return caught.value.code()

    async def scenario() -> None:
        server = server_of(integration)
        port = bind(server, "localhost:0", *files)
        await server.start()
        try:
            assert await answered(port, authority, "forum.example") is grpc.StatusCode.INVALID_ARGUMENT
            assert await answered(port, authority, "other.example") is grpc.StatusCode.UNAUTHENTICATED
            assert await answered(port, strangers, "forum.example") is grpc.StatusCode.UNAVAILABLE, "no handshake"
            assert await answered(port, None, "") is grpc.StatusCode.UNAVAILABLE, "no handshake"
        finally:
            await server.stop(grace=None)

    asyncio.run(scenario())


def test_half_of_tls_is_none(tmp_path: Path) -> None:
    async def scenario() -> None:
        server = server_of(Integration(id="f", platform="f", communities=("c",)))
        with pytest.raises(FatalError, match="both of them"):
            bind(server, "localhost:0", tmp_path / "cert", None, None)
        with pytest.raises(FatalError, match="both of them"):
            bind(server, "localhost:0", None, None, tmp_path / "ca")
        with pytest.raises(FatalError, match="FileNotFoundError"):
            bind(server, "localhost:0", tmp_path / "cert", tmp_path / "key", None)
        await server.stop(grace=None)

    asyncio.run(scenario())
