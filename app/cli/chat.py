"""`flask chat`: conversations."""

from __future__ import annotations

import click

from app.chat import tables
from app.chat.filters import ChatReader, ConversationFilter
from app.chat.queries.history import told_rows
from app.chat.queries.listing import conversations_page
from app.cli.accounts import find_account
from app.cli.console import Commands
from app.cli.messages import fill
from app.core.db import db
from app.core.pages import PagePosition
from app.core.spreadsheets import csv_pieces
from app.core.templating import iso
from app.messages.conversations.models import Conversation

chat = Commands("chat", help="Conversations with friends and groups.")
# Who is no member has read nothing, and what is unread is not printed.
READER = ChatReader(0, 0)


@chat.command("list", examples=["flask chat list @tomoru-coffee", "flask chat list 1 --unanswered"])
@click.argument("account")
@click.option("--unanswered", is_flag=True, help="Only those who wait for an answer, the longest wait first.")
@click.option("--number", default=25, show_default=True, type=click.IntRange(1, 200), help="How many are shown.")
def show_list(account: str, unanswered: bool, number: int) -> None:
    """List conversations of an account, the newest first.

    ACCOUNT is a number from `flask accounts list` or a basic ID.
    """
    found = find_account(account)
    wanted = ConversationFilter(account_id=found.id, order="waiting" if unanswered else "newest")
    page = conversations_page([found], wanted, READER, PagePosition(size=number))
    for line in page.rows:
        one = line.row
        waits = f"  waits since {iso(one.unanswered_since)}" if one.unanswered_since else ""
        name = line.name or one.chat_id
        click.echo(f"{one.id:>8}  {iso(one.last_message_at)}  {one.status:<6}  {name}{waits}")


@chat.command("show", examples=["flask chat show 12"])
@click.argument("conversation", type=int)
def show(conversation: int) -> None:
    """Print a conversation, the oldest message first; CONVERSATION is a number from `flask chat list`."""
    for at, author, words, _message in told_rows(_find(conversation)):
        click.echo(f"{iso(at)}  {author or '–'}: {words}")


@chat.command("export", examples=["flask chat export 12 > conversation.csv"])
@click.argument("conversation", type=int)
def export(conversation: int) -> None:
    """Write a conversation as CSV; CONVERSATION is a number from `flask chat list`."""
    for piece in csv_pieces(tables.header(), tables.rows(_find(conversation))):
        click.echo(piece, nl=False)


chat.add_command(fill)


def _find(number: int) -> Conversation:
    found = db.session.get(Conversation, number)
    if found is None:
        raise click.ClickException(f"There is no conversation {number}. See flask chat list.")
    return found
