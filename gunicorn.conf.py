"""How the web server runs; `WEB_CONCURRENCY` and `GUNICORN_CMD_ARGS` change it without touching this file."""

import os

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 8
# The program is read once and shared; nothing connects anywhere before the first request.
preload_app = True
# A request in flight may finish when the server is told to stop.
graceful_timeout = 30
timeout = 60
keepalive = 15
# The program writes its own lines for requests.
accesslog = None
control_socket_disable = True
