"""Build the application: the one place that knows every package."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from app.chat import handlers as chat_handlers
from app.chat import models as chat_models
from app.chat import segment_conditions as chat_conditions
from app.chat import steps as chat_steps
from app.chat import views as chat_views
from app.chat.canned import models as chat_canned_models
from app.chat.canned import views as chat_canned_views
from app.chat.keeping_files import views as kept_files_views
from app.chat.later import models as chat_later_models
from app.chat.notes import models as chat_note_models
from app.chat.notes import views as chat_notes_views
from app.chat.settings import views as chat_settings_views
from app.chat.suggesting import ranking as chat_ranking
from app.core import db, htmx, i18n, logs, queue, templating
from app.core.config import Config
from app.core.db import replica
from app.core.mail import smtp
from app.core.outgoing import networks
from app.core.secrets import keyring
from app.core.web import compression, errors, forwarding, health, metrics, request_log, security, static_files
from app.core.web.converters import IdConverter
from app.friends import handlers as friends_handlers
from app.friends import source_names as friends_names
from app.friends import views as friends_views
from app.help import places as help_places
from app.help import views as help_views
from app.home import navigation
from app.home import views as home_views
from app.imports.friends import handlers as imports_handlers
from app.imports.friends import views as imports_views
from app.imports.id_links import views as id_links_views
from app.integrations.hubspot import conditions as hubspot_conditions
from app.integrations.hubspot import handlers as hubspot_handlers
from app.integrations.hubspot import models as hubspot_models
from app.integrations.hubspot import service as hubspot_service
from app.integrations.hubspot import steps as hubspot_steps
from app.integrations.hubspot import views as hubspot_views
from app.integrations.hubspot.changing import run as hubspot_changing
from app.integrations.hubspot.credentials import settings as hubspot_app
from app.integrations.hubspot.gateway.urls import urls as hubspot_urls
from app.integrations.hubspot.groups import handlers as hubspot_groups_handlers
from app.integrations.hubspot.groups import writing as hubspot_groups_writing
from app.integrations.hubspot.inbox import handlers as hubspot_inbox_handlers
from app.integrations.hubspot.inbox import publishing as hubspot_inbox_publishing
from app.integrations.hubspot.sync import handlers as hubspot_sync_handlers
from app.integrations.hubspot.webhooks import applying as hubspot_webhooks
from app.integrations.hubspot.writing import run as hubspot_writing
from app.integrations.shared import handlers as integrations_handlers
from app.integrations.shared import marking_runs as integrations_marking_runs
from app.integrations.shared import models as integrations_models
from app.integrations.shared import step_models as integrations_step_models
from app.integrations.shared import views as integrations_views
from app.line import metrics as line_metrics
from app.line import views as line_views
from app.line.gateway.urls import urls
from app.media import files_first
from app.media import views as media_views
from app.media.storage.stores import stores
from app.messages.auto import views as auto_messages_views
from app.messages.broadcasts import conditions as broadcast_conditions
from app.messages.broadcasts import friend_set as broadcasts_friend_set
from app.messages.broadcasts import handlers as broadcasts_handlers
from app.messages.broadcasts import review_set as broadcasts_review_set
from app.messages.broadcasts import run as broadcasts_run
from app.messages.broadcasts import timeline as broadcasts_timeline
from app.messages.broadcasts import views as broadcasts_views
from app.messages.broadcasts.marks import marks
from app.messages.broadcasts.operations import control as broadcasts_control
from app.messages.composer import views as composer_views
from app.messages.content.personal_sources import friends as friends_values
from app.messages.content.personal_sources import id_links as id_link_values
from app.messages.conversations import handlers as conversations_handlers
from app.messages.conversations import history as conversations_history
from app.messages.parts import views as message_parts_views
from app.messages.rich_menus import views as rich_menus_views
from app.messages.sending import handlers as sending_handlers
from app.messages.sending import timeline as sending_timeline
from app.messages.sending import views as sending_views
from app.messages.tracking import conditions as tracked
from app.messages.tracking import handlers as tracking_handlers
from app.messages.tracking import liff_views, taps
from app.messages.tracking import views as tracking_views
from app.messages.tracking.addresses import addresses
from app.segments import handlers as segments_handlers
from app.segments import views as segments_views
from app.segments.conditions.kinds import attributes, id_links, line, tags
from app.segments.friends_list import sets as segments_friend_sets
from app.team import sign_in
from app.team import views as team_views
from app.workflows import actions as workflow_actions
from app.workflows import triggers as workflow_triggers
from app.workflows import usages as workflow_usages
from app.workflows import views as workflow_views
from app.workflows.engine import problems as workflow_problems
from app.workflows.history import conditions as workflows_conditions
from app.workflows.history import notes as workflows_notes
from app.workflows.history import timeline as workflows_timeline
from app.workflows.history import usages as workflows_history_usages
from app.workflows.hooks import checks as workflow_hook_checks
from app.workflows.hooks import views as workflow_hook_views
from app.workflows.qr_codes import conditions as qr_codes_conditions
from app.workflows.qr_codes import handlers as qr_codes_handlers
from app.workflows.qr_codes import views as qr_codes_views
from app.workflows.simulation import words as workflow_simulation_words
from app.workflows.triggers import handlers as workflows_handlers

ROOT = Path(__file__).parent.parent
CONDITIONS = (
    attributes,
    id_links,
    line,
    tags,
    tracked,
    broadcast_conditions,
    qr_codes_conditions,
    workflows_conditions,
    chat_conditions,
    hubspot_conditions,
)
PERSONAL_VALUES = (friends_values, id_link_values)
# Imported so that they subscribe and register; kept in a tuple so that they do not look unused.
MESSAGES = (
    broadcasts_control,
    broadcasts_friend_set,
    broadcasts_review_set,
    broadcasts_handlers,
    broadcasts_run,
    broadcasts_timeline,
    conversations_handlers,
    conversations_history,
    sending_handlers,
    sending_timeline,
    tracking_handlers,
)
WORKFLOWS = (
    workflow_actions,
    workflow_hook_checks,
    workflow_problems,
    workflow_triggers,
    workflow_usages,
    workflows_handlers,
    workflow_simulation_words,
    workflows_notes,
    workflows_timeline,
    workflows_history_usages,
)
HANDLERS = (
    friends_handlers,
    friends_names,
    imports_handlers,
    line_metrics,
    segments_handlers,
    segments_friend_sets,
    *CONDITIONS,
    *PERSONAL_VALUES,
    *MESSAGES,
    *WORKFLOWS,
    chat_models,
    chat_note_models,
    chat_canned_models,
    chat_ranking,
    chat_handlers,
    chat_steps,
    chat_later_models,
    integrations_handlers,
    integrations_marking_runs,
    integrations_models,
    integrations_step_models,
    hubspot_sync_handlers,
    hubspot_handlers,
    hubspot_inbox_handlers,
    hubspot_groups_handlers,
    hubspot_groups_writing,
    hubspot_inbox_publishing,
    hubspot_models,
    hubspot_service,
    hubspot_steps,
    hubspot_webhooks,
    hubspot_writing,
    hubspot_changing,
    qr_codes_handlers,
)
BLUEPRINTS = (
    *team_views.BLUEPRINTS,
    *media_views.BLUEPRINTS,
    *line_views.BLUEPRINTS,
    *friends_views.BLUEPRINTS,
    *segments_views.BLUEPRINTS,
    *imports_views.BLUEPRINTS,
    *id_links_views.BLUEPRINTS,
    *broadcasts_views.BLUEPRINTS,
    *auto_messages_views.BLUEPRINTS,
    *message_parts_views.BLUEPRINTS,
    tracking_views.blueprint,
    liff_views.blueprint,
    *composer_views.BLUEPRINTS,
    *rich_menus_views.BLUEPRINTS,
    *sending_views.BLUEPRINTS,
    *qr_codes_views.BLUEPRINTS,
    *workflow_hook_views.BLUEPRINTS,
    *workflow_views.BLUEPRINTS,
    *chat_views.BLUEPRINTS,
    chat_notes_views.blueprint,
    chat_canned_views.blueprint,
    chat_settings_views.blueprint,
    kept_files_views.blueprint,
    integrations_views.blueprint,
    *hubspot_views.BLUEPRINTS,
)


def create_app(config: Config | None = None) -> Flask:
    """Return the application for this configuration; without one, the environment is read and checked."""
    config = config or Config.from_env()
    logs.configure(config.log_format, config.log_level)
    app = Flask("app", root_path=str(ROOT / "app"))
    app.config["MIGRATIONS"] = str(ROOT / "migrations")
    app.config["TOMORU"] = config
    keyring.use(config.encryption_keys)
    request_log.init_app(app)
    urls.use(config.line_api_url, config.line_data_url, config.public_url)
    hubspot_urls.use(config.hubspot_api_url, config.hubspot_app_url)
    hubspot_app.use(config)
    stores.use(config, ROOT)
    addresses.use(config)
    marks.use(config, ROOT)
    networks.allowed.networks = tuple(config.webhook_networks)
    smtp.server.url, smtp.server.sender = config.smtp_url, config.mail_from
    app.url_map.converters["int"] = IdConverter
    # Merging leads on to an address that is made of the request's host, which anyone can write.
    app.url_map.merge_slashes = False
    db.init_app(app, config)
    replica.init_app(app, config.database_replica_lag)
    queue.init_app(app, config.redis_url)
    i18n.init_app(app)
    templating.init_app(app)
    htmx.htmx.init_app(app)
    taps.init_app(app, config)
    files_first.init_app(app, config)
    security.init_app(app, config)
    errors.init_app(app)
    forwarding.init_app(app)
    health.init_app(app)
    metrics.init_app(app)
    sign_in.init_app(app)
    for blueprint in (*BLUEPRINTS, help_views.blueprint, home_views.blueprint):
        app.register_blueprint(blueprint)
    navigation.init_app(app)
    help_places.init_app(app)
    compression.init_app(app)
    static_files.init_app(app, ROOT / "app" / "static")
    return app
