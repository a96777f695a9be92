"""Bytes that are no message are the caller's mistake, and are told so: INVALID_ARGUMENT.

The library reads messages before anybody asks us, and answers what it cannot read with INTERNAL or UNKNOWN, as if the
fault were here: a client would try again for ever, and an operator would look for it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import grpc
from google.protobuf.message import DecodeError

from feuerwache.ingest.rpc.caller import Context, refuse

#: What a call is handed instead of a message that could not be read.
UNREADABLE = object()
WHY = "this is no message of that call; take it from the proto (the server tells it by reflection)"

#: At run time these types take no arguments, whatever their stubs say.
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Interceptor: Any = grpc.aio.ServerInterceptor


class ReadableMessages(Interceptor):  # type: ignore[misc]  # see above
    """For the calls of one service; streams that are read by hand look for `UNREADABLE` themselves."""

    def __init__(self, service: str) -> None:
        self._prefix = f"/{service}/"

    async def intercept_service(
        self, continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]], details: grpc.HandlerCallDetails
    ) -> Handler:
        handler = await continuation(details)
        read = handler.request_deserializer if handler is not None else None
        if read is None or not details.method.startswith(self._prefix):
            return handler
        if handler.stream_stream is not None:
            return grpc.stream_stream_rpc_method_handler(
                handler.stream_stream, _forgiving(read), handler.response_serializer
            )
        assert handler.unary_unary is not None, "calls of ingest are unary or streams both ways"
        return grpc.unary_unary_rpc_method_handler(
            _refusing(handler.unary_unary), _forgiving(read), handler.response_serializer
        )


def _forgiving(read: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    def forgiving(raw: bytes) -> Any:
        try:
            return read(raw)
        except DecodeError:
            return UNREADABLE

    return forgiving


def _refusing(call: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    async def refusing(request: Any, context: Context) -> Any:
        if request is UNREADABLE:
            await refuse(context, grpc.StatusCode.INVALID_ARGUMENT, WHY)
        return await call(request, context)

    return refusing
