"""Why Kafka does not let a client in, in words an operator can act on.

aiokafka says "Unable to bootstrap" for every reason alike, be it a wrong password, a certificate or a broker that is
away, and writes the reason to its log only. So after such an error each server is asked once more, for the reason.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from typing import Any

from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)

from feuerwache.common.errors import FatalError, TransientError
from feuerwache.common.settings import CommonSettings

ASK_SECONDS = 5.0
EX_NOPERM = 77
EX_CONFIG = 78


async def refusal(settings: CommonSettings, error: KafkaError | TimeoutError) -> TransientError | FatalError:
    """What to raise for the failed start of a client. Fatal when every server refuses us for good. Bounded time."""
    where = f"Kafka at {settings.kafka_bootstrap}"
    if not isinstance(error, KafkaConnectionError):
        return TransientError(f"{where}: {error!r}")
    reasons = await _ask(settings)
    transient = [reason for reason in reasons if isinstance(reason, TransientError)]
    first = (transient or reasons or [TransientError(repr(error))])[0]
    if isinstance(first, FatalError):
        return FatalError(f"{where} {first}", first.exit_code)
    return TransientError(f"{where} cannot be reached: {first}")


async def _ask(settings: CommonSettings) -> Sequence[TransientError | FatalError]:
    arguments = settings.kafka_client()
    hosts = collect_hosts(arguments.pop("bootstrap_servers"))
    answers = await asyncio.gather(*(_reason(settings, host, port, arguments) for host, port, _ in hosts))
    return [answer for answer in answers if answer is not None]


async def _reason(
    settings: CommonSettings, host: str, port: int, arguments: dict[str, Any]
) -> TransientError | FatalError | None:
    """None when it lets us in by now."""
    try:
        connection = await create_conn(host, port, request_timeout_ms=int(ASK_SECONDS * 1000), **arguments)
    except (AuthenticationFailedError, SaslAuthenticationFailed) as error:
        return FatalError(
            f"refuses the user {settings.kafka_sasl_username!r} ({_words(error)}): check "
            "FEUERWACHE_KAFKA_SASL_USERNAME and FEUERWACHE_KAFKA_SASL_PASSWORD",
            EX_NOPERM,
        )
    except UnsupportedSaslMechanismError:
        return FatalError(
            f"does not offer {settings.kafka_sasl_mechanism}: check FEUERWACHE_KAFKA_SASL_MECHANISM", EX_CONFIG
        )
    except ssl.SSLCertVerificationError as error:
        return FatalError(
            f"has a certificate that is not trusted here ({error.verify_message}): check FEUERWACHE_KAFKA_CA_FILE",
            EX_CONFIG,
        )
    except (OSError, KafkaError, TimeoutError) as error:
        return TransientError(f"{type(error).__name__}: {_words(error)}")
    connection.close()
    return None


def _words(error: Exception) -> str:
    return str(error) or "no reason given"
