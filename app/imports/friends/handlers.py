"""What imports do when something happens to an account."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.events import listen
from app.core.runs.operations import request_cancel
from app.core.runs.queries import active_run
from app.imports.friends.run import FRIEND_IMPORT
from app.line.events import AccountDisconnected


@listen(AccountDisconnected)
def stop_import(batch: Sequence[AccountDisconnected]) -> None:
    """Cancel the account's import; friends that were stored stay, and the next run goes on from there."""
    for event in batch:
        run = active_run(FRIEND_IMPORT.name, event.account_id)
        if run is not None:
            request_cancel(run)
