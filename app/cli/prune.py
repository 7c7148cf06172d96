"""`flask prune`: remove what has been kept long enough."""

from __future__ import annotations

import click
from flask import current_app

from app.cli.console import command
from app.core.config import Config
from app.core.mail import operations as mail
from app.imports.id_links import operations as id_links
from app.line.operations import webhook_events
from app.media.operations import files as media
from app.messages.composer import operations as drafts
from app.messages.tracking.operations import judging
from app.team.operations import pruning
from app.workflows.engine import pruning as workflows


@command("prune", examples=["flask prune"])
def prune() -> None:
    """Remove old webhook events, audit entries, links, e-mail, errors, drafts, runs and uploads, as is done hourly."""
    config: Config = current_app.config["TOMORU"]
    click.echo(f"{webhook_events.prune(config.webhook_keep_days):>8,} webhook events")
    of_team = pruning.prune(config.audit_keep_days, config.session_days, config.session_max_days)
    click.echo(f"{of_team:>8,} audit entries, links and sessions")
    click.echo(f"{mail.prune():>8,} e-mails")
    click.echo(f"{id_links.prune():>8,} imports' errors")
    click.echo(f"{drafts.prune():>8,} drafts")
    click.echo(f"{judging.prune():>8,} fetches that did not count")
    click.echo(f"{workflows.prune(config.workflow_keep_days, config.webhook_keep_days):>8,} runs of workflows")
    click.echo(f"{media.remove_orphans(config.media_orphan_hours):>8,} unused uploads")
