"""How the web server runs; `WEB_CONCURRENCY` and `GUNICORN_CMD_ARGS` change it without touching this file."""

import os
import shutil
import tempfile

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
# Most of their time they wait for the database; a pool of DATABASE_POOL connections, twice that in a rush, is theirs.
threads = 16
# The program is read once and shared; nothing connects anywhere before the first request.
preload_app = True
# A request in flight may finish when the server is told to stop.
graceful_timeout = 30
timeout = 60
keepalive = 15
# The program writes its own lines for requests, and this server's few lines in the same form.
accesslog = None
logconfig_dict = {
    "root": {"level": "WARNING", "handlers": ["console"]},
    "loggers": {"gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True}},
}
control_socket_disable = True

# Its processes count requests together (/metrics), in files that live as long as this server.
counts = tempfile.mkdtemp(prefix="tomoru-metrics-")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = counts


def on_exit(server: object) -> None:
    shutil.rmtree(counts, ignore_errors=True)


def when_ready(server: object) -> None:
    """Say in the log how a new installation gets its first administrator, before processes are forked."""
    # Only now, since the program reads PROMETHEUS_MULTIPROC_DIR while it is imported.
    from app.team import setup_code  # noqa: PLC0415

    setup_code.log_if_new(server.app.wsgi())  # type: ignore[attr-defined]
