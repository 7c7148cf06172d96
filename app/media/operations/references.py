"""Remember what uses which files, so that files in use stay and all others go."""

from __future__ import annotations

from collections.abc import Collection
from itertools import product

from sqlalchemy import ARRAY, BigInteger, any_, case, delete, exists, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core.db import db
from app.core.errors import Conflict
from app.core.i18n import _l
from app.media.models import MediaFile, MediaReference


def set_references(account_id: int, owner_kind: str, owner_id: int, file_ids: Collection[int]) -> None:
    """Let an owner, such as a message, use exactly these files of the account; none when it is deleted.

    Raises Conflict when one of them is not there (any more). Files that lose their last use are removed later.
    """
    share_references(account_id, owner_kind, [owner_id], file_ids)


def share_references(
    account_id: int,
    owner_kind: str,
    owner_ids: Collection[int],
    file_ids: Collection[int],
    *,
    lenders: Collection[int] = (),
) -> None:
    """Let each of these owners use exactly these files, also of accounts that lend theirs; see `set_references`."""
    mine = (
        MediaReference.owner_kind == owner_kind,
        MediaReference.owner_id == any_(literal(list(owner_ids), ARRAY(BigInteger))),
    )
    before = set(db.session.scalars(select(MediaReference.file_id).where(*mine)))
    wanted = set(file_ids)
    present = _lock({account_id, *lenders}, before | wanted)
    if not wanted <= present:
        raise Conflict(_l("One of the files has been removed. Choose it again."))
    db.session.execute(delete(MediaReference).where(*mine, MediaReference.file_id.not_in(wanted)))
    if wanted:
        pairs = sorted(product(owner_ids, wanted))
        lists = (literal(list(column), ARRAY(BigInteger)) for column in zip(*pairs, strict=True))
        given = func.unnest(*lists).table_valued("owner_id", "file_id").render_derived(name="given")
        rows = select(literal(owner_kind), given.c.owner_id, given.c.file_id)
        statement = insert(MediaReference).from_select(["owner_kind", "owner_id", "file_id"], rows)
        db.session.execute(statement.on_conflict_do_nothing())
    _note_orphans(before | wanted)


def _lock(account_ids: Collection[int], ids: set[int]) -> set[int]:
    """Those that are there, locked in one order, so that nothing is removed or counted at the same time."""
    query = select(MediaFile.id).where(MediaFile.id.in_(ids), MediaFile.account_id.in_(account_ids))
    return set(db.session.scalars(query.order_by(MediaFile.id).with_for_update()))


def _note_orphans(ids: set[int]) -> None:
    is_used = exists().where(MediaReference.file_id == MediaFile.id)
    since = case((is_used, None), else_=func.coalesce(MediaFile.orphaned_at, func.now()))
    db.session.execute(
        update(MediaFile).where(MediaFile.id.in_(ids)).values(orphaned_at=since),
        execution_options={"synchronize_session": False},
    )
