"""TLS of the HTTP edge: a caller's certificate counts when an authority of ours signed it, and only then."""

from __future__ import annotations

import asyncio
import json
import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from feuerwache.common.errors import FatalError
from feuerwache.common.web import listening, serve_http
from feuerwache.common.webprotocol import certificate_names
from feuerwache.ingest.security.tls import server_tls


async def names(scope: Any, _: Any, send: Any) -> None:
    body = json.dumps(sorted(certificate_names(scope))).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def test_the_names_of_a_callers_certificate_are_known_and_a_strangers_is_refused(tmp_path: Path) -> None:
    authority, strangers = trustme.CA(), trustme.CA()
    own = authority.issue_cert("127.0.0.1")
    paths = {name: tmp_path / f"{name}.pem" for name in ("cert", "key", "ca")}
    own.cert_chain_pems[0].write_to_path(str(paths["cert"]))
    own.private_key_pem.write_to_path(str(paths["key"]))
    authority.cert_pem.write_to_path(str(paths["ca"]))

    def caller(issuer: trustme.CA | None) -> ssl.SSLContext:
        context = ssl.create_default_context()
        authority.configure_trust(context)
        if issuer is not None:
            issuer.issue_cert("forum.example", common_name="forum").configure_cert(context)
        return context

    async def scenario() -> None:
        stop = asyncio.Event()
        with listening("127.0.0.1", 0) as bound:
            url = f"https://127.0.0.1:{bound.getsockname()[1]}/"
            tls = server_tls(paths["cert"], paths["key"], paths["ca"])
            serving = asyncio.create_task(serve_http(names, bound, stop, 1.0, tls=tls))
            try:
                for issuer, expected in ((None, []), (authority, ["forum", "forum.example"])):
                    async with httpx.AsyncClient(verify=caller(issuer)) as client:
                        assert (await client.get(url)).json() == expected
                async with httpx.AsyncClient(verify=caller(strangers)) as client:
                    with pytest.raises(httpx.TransportError):
                        await client.get(url)
            finally:
                stop.set()
                await serving

    asyncio.run(scenario())


def test_half_a_setting_or_a_file_that_is_none_ends_the_start(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.pem"
    assert server_tls(None, None, None) is None
    for files in ((nothing, None, None), (None, nothing, None), (None, None, nothing), (nothing, nothing, None)):
        with pytest.raises(FatalError, match="FEUERWACHE_HTTP_TLS"):
            server_tls(*files)
