"""What workflows do: kinds of actions, each with its decision, and the performers of their effects."""

from app.workflows.actions import asking as asking
from app.workflows.actions import branching as branching
from app.workflows.actions import flow as flow
from app.workflows.actions import friends as friends
from app.workflows.actions import notifying as notifying
from app.workflows.actions import rich_menus as rich_menus
from app.workflows.actions import sending as sending
from app.workflows.actions import waiting as waiting
from app.workflows.actions import webhooks as webhooks
