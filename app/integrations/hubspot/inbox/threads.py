"""How HubSpot knows our conversations: by the LINE account and LINE's id of the chat."""

from __future__ import annotations

from app.core.identifiers import row_number

# The conversation of test messages, in place of LINE's id of a chat.
TEST_CHAT = "test"


def thread_name(account_id: int, chat_id: str) -> str:
    """Return our name of a thread, which is different for every account."""
    return f"{account_id}:{chat_id}"


def parsed(name: str) -> tuple[int, str] | None:
    """Return the account and the chat of a thread's name; None for one that is not ours."""
    account, _mark, chat_id = name.partition(":")
    account_id = row_number(account)
    return (account_id, chat_id) if account_id and chat_id else None
