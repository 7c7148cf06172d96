"""gunicorn's own lines, in the form of all others; also after a reload, which sets its logging up again."""

from __future__ import annotations

import logging
import os
from typing import Any

from gunicorn.glogging import Logger

from app.core import logs

FORMATS = {"json", "console"}


class Log(Logger):  # type: ignore[misc]
    """Hands the lines of the server on to the root logger, which `core.logs` configures."""

    def setup(self, cfg: Any) -> None:
        """Configure, when the server starts and when it is told to reload. Wrong settings are said later."""
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
        self.error_log.propagate = True
        level = os.environ.get("LOG_LEVEL", "").strip()
        form = os.environ.get("LOG_FORMAT", "").strip()
        known = logging.getLevelNamesMapping()
        logs.configure(form if form in FORMATS else "json", level if level in known else "INFO")
