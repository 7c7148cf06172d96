"""Structured logs: one line an event, with request and run ids, without personal data or secrets."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from app.core.db.trouble import trouble_of

SECRET_WORDS = (
    "password",
    "secret",
    "token",
    "authorization",
    "cookie",
    "email",
    "phone",
    "display_name",
    "signature",
)
# "Key (email)=(…) already exists", "Failing row contains (…)".
QUOTED_ROW = re.compile(r"^DETAIL:.*$", re.MULTILINE)


def configure(log_format: str, level: str) -> None:
    """Send our own and the libraries' lines to stderr in one format."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        name_trouble,
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for noisy in ("alembic", "aiohttp.access", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def name_trouble(logger: Any, method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Write one word for a database in trouble; a traceback for each request and message would hide the rest."""
    del logger, method
    given = entry.get("exc_info")
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException) and (trouble := trouble_of(error)):
        del entry["exc_info"]
        entry["database"] = trouble.value
    return entry


def hide_secrets(logger: Any, method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last guard: values whose names say that they are private are not written, nor rows that PostgreSQL quotes."""
    del logger, method
    for name in entry:
        if any(word in name.lower() for word in SECRET_WORDS):
            entry[name] = "[hidden]"
    if "exception" in entry:
        entry["exception"] = QUOTED_ROW.sub("DETAIL: [hidden]", str(entry["exception"]))
    return entry
