"""Pages of the chat."""

from app.chat.views import (  # noqa: F401
    acting,
    answering,
    api,
    bulk,
    changes,
    composing,
    desk,
    export,
    files,
    friend,
    helping,
    later,
    own,
    pages,
    person,
    received_files,
)
from app.chat.views.blueprint import blueprint

BLUEPRINTS = (blueprint, api.blueprint, received_files.blueprint)
