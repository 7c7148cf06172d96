"""Who may upload and see files: members through the account, and with a permission that needs files."""

from __future__ import annotations

from app.core.errors import NotAllowed, NotFound
from app.media.models import MediaFile
from app.media.queries import file_by_id
from app.team import account_directory
from app.team.permissions import Permission, me

# Members who write messages upload what is in them.
UPLOADERS = (
    Permission.AUTO_MESSAGES,
    Permission.BROADCASTS,
    Permission.CHAT,
    Permission.RICH_MENUS,
    Permission.WORKFLOWS,
)


def require_account(account_id: int) -> None:
    """Raise NotFound unless the signed-in member may know of this account."""
    is_there = any(known == account_id for known, _name in account_directory.accounts())
    if not is_there or not me().may_see_account(account_id):
        raise NotFound


def get_file(account_id: int, file_id: int) -> MediaFile:
    """The file, if the signed-in member may see it; raises NotFound, or NotAllowed without the file's permission."""
    require_account(account_id)
    file = file_by_id(account_id, file_id)
    if file.permission is not None and not me().may(file.permission):
        raise NotAllowed
    return file
