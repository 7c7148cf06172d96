"""What starts workflows: kinds of triggers, and the listeners that tell the engine what happens to friends."""

from app.workflows.triggers import answers as answers
from app.workflows.triggers import clocks as clocks
from app.workflows.triggers import codes as codes
from app.workflows.triggers import friends as friends
from app.workflows.triggers import keywords as keywords
from app.workflows.triggers import links as links
from app.workflows.triggers import messages as messages
from app.workflows.triggers import webhooks as webhooks
