"""The names in a gRPC caller's certificate, as TLS has checked it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_NAMES = ("x509_common_name", "x509_subject_alternative_name")


def names_of(auth_context: Mapping[str, Iterable[bytes]] | None) -> frozenset[str]:
    """Common name and subject alternative names (DNS, URI); empty without TLS or without a certificate.

    The keys are gRPC's own (https://grpc.github.io/grpc/python/grpc.html#grpc.ServicerContext.auth_context).
    """
    held = auth_context or {}
    return frozenset(value.decode("utf-8", "replace") for name in _NAMES for value in held.get(name, ()))
