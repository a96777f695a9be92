"""The gRPC edge: `feuerwache.ingest.v1.IngestService`, `grpc.health.v1.Health` and reflection."""

from feuerwache.ingest.rpc.service import SERVICE, IngestService, make_server
from feuerwache.ingest.rpc.tls import bind

__all__ = ["SERVICE", "IngestService", "bind", "make_server"]
