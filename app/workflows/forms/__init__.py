"""Forms of the steps of a workflow; each module registers those of its kinds."""

from app.workflows.forms import choosing as choosing
from app.workflows.forms import clocks as clocks
from app.workflows.forms import events as events
from app.workflows.forms import friends as friends
from app.workflows.forms import links as links
from app.workflows.forms import menus as menus
from app.workflows.forms import messages as messages
from app.workflows.forms import outside as outside
from app.workflows.forms import waiting as waiting
from app.workflows.forms import webhooks as webhooks
