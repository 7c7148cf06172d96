"""Entry point of the web server, `gunicorn wsgi:app`; `flask` finds its commands here as well."""

from app.cli.commands import register
from app.factory import create_app

app = register(create_app())
