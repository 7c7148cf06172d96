"""How the web server runs; `WEB_CONCURRENCY` and `GUNICORN_CMD_ARGS` change it without touching this file.

`SIGUSR2` hands over to a new server without refusing a request: the program as it lies on the disk now is read and
checked, takes the same sockets, and then tells the old one to end. `SIGHUP` starts the processes again.
"""

import os
import shutil
import signal
import tempfile

from gunicorn import systemd

from app.core.web.server.places import THREADS

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
# Clients are waited for outside of the threads, and kinds of request have threads of their own.
worker_class = "app.core.web.server.worker.PatientWorker"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = sum(THREADS.values())
# Each needs a file descriptor, of which many systems give 1,024 to a process.
worker_connections = 600
# The program is read once and shared; nothing connects anywhere before the first request.
preload_app = True
# A request in flight may finish when the server is told to stop.
graceful_timeout = 30
timeout = 60
keepalive = 15
# The program writes its own lines for requests.
accesslog = None
logger_class = "app.core.web.server.log.Log"
control_socket_disable = True


def _counts() -> str:
    """Return the directory in which the processes of this server count requests together (/metrics)."""
    own = f"tomoru-metrics-{os.getpid()}-"
    known = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
    # A reload reads this file again; another server that takes over has a directory of its own.
    return known if os.path.basename(known).startswith(own) else tempfile.mkdtemp(prefix=own)  # noqa: PTH119


counts = os.environ["PROMETHEUS_MULTIPROC_DIR"] = _counts()


def pre_exec(server):  # noqa: ANN001, ANN201
    """Start the next server as a module, like this one when it was: its folder must not hide Python's own modules."""
    program, *rest = server.START_CTX["args"][1:]
    if program.endswith("__main__.py"):
        server.START_CTX["args"][1:] = ["-m", "gunicorn", *rest]


def when_ready(server):  # noqa: ANN001, ANN201 - gunicorn's own types.
    """Say in the log how a new installation gets its first administrator; after SIGUSR2, take the old server's place.

    Then systemd is told which process is the server now, and the one before to end.
    """
    # Only now, since the program reads PROMETHEUS_MULTIPROC_DIR while it is imported.
    from app.team import setup_code  # noqa: PLC0415

    setup_code.log_if_new(server.app.wsgi())
    if server.master_pid:
        systemd.sd_notify(f"MAINPID={os.getpid()}", server.log)
        os.kill(server.master_pid, signal.SIGTERM)


def post_worker_init(worker):  # noqa: ANN001, ANN201
    """Let the database know that this process lives, and so how many connections there may be.

    The garbage collector leaves out what is loaded by now: walking all of it would take longer than most pages.
    """
    # Not above: what counts requests looks for the directory when it is first imported.
    from app.core import heartbeats  # noqa: PLC0415
    from app.core.collector import settle_collector  # noqa: PLC0415
    from app.core.db import db  # noqa: PLC0415

    settle_collector()
    with worker.wsgi.app_context():
        heartbeats.start_heartbeat("web", db.engine)


def on_exit(server):  # noqa: ANN001, ANN201
    shutil.rmtree(counts, ignore_errors=True)
