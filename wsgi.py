"""The web server's door, `gunicorn wsgi:app`; `flask` finds the commands of the command line here as well."""

from app.cli.commands import register
from app.factory import create_app

app = register(create_app())
