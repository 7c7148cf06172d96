"""Say in words who wrote a value of a friend."""

from __future__ import annotations

from app.core.i18n import Text, _, _l
from app.friends.linked_services import SERVICES
from app.friends.sources import Origin

# By kind of source, where what it was called is not enough.
_KINDS: dict[str, Text] = {
    "import": _l("Import"),
    "workflow": _l("Workflow"),
    "member": _l("A member"),
    "bulk": _l("A member"),
    "demo": _l("Demo data"),
}
_NAMED: dict[str, Text] = {
    "workflow": _l("Workflow “%(name)s”"),
    "qr_code": _l("QR Code “%(name)s”"),
}


def words_of(origin: Origin | None) -> str:
    """Return who wrote a value; a sentence for one from before this was kept."""
    if origin is None or origin.source is None:
        return _("Not known")
    source = origin.source
    if source.kind in SERVICES:
        return SERVICES[source.kind]
    if source.kind in _NAMED and source.label:
        return str(_NAMED[source.kind]) % {"name": source.label}
    return source.label or str(_KINDS.get(source.kind, source.kind))
