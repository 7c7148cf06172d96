"""What is said of steps and runs that have failed."""

from __future__ import annotations

from app.core import error_messages
from app.core.i18n import _l

error_messages.register(
    {
        "workflows.unknown_kind": _l("This version of Tomoru does not know this step."),
        "workflows.unavailable": _l("%(reason)s"),
        "workflows.unexpected": _l("An unexpected error happened in this step. The log of the worker has the details."),
        "workflows.unfinished": _l("It is not finished yet and is tried again."),
        "workflows.circle": _l("Workflows start each other in a circle: %(names)s. The last one was not run."),
        "workflows.too_many_steps": _l("The run was ended after %(most)s steps."),
        "workflows.tag_gone": _l("The tag of this step has been deleted."),
        "workflows.late": _l("The time of the delay passed while the system was away. Decide whether the run goes on."),
        "workflows.never_open": _l("The account has no business hours within the next year."),
        "workflows.menu_gone": _l("The rich menu of this step has been deleted."),
        "workflows.menu_unpublished": _l("The rich menu of this step is not at LINE any more. Publish it again."),
        "workflows.secret_lost": _l(
            "The secret of the webhook cannot be read any more, because the key that encrypted it is missing from"
            " ENCRYPTION_KEYS. Put that key back, or enter another secret."
        ),
        "workflows.long_address": _l("The address has more than %(most)s characters with the values of this friend."),
        "workflows.webhook_refused": _l("The other system refused the webhook with status %(status)s."),
        "workflows.no_recipient": _l("None of the members of this step can see the account any more."),
        "workflows.clock_late": _l(
            "The time of this trigger passed while the system was away. Decide whether it fires."
        ),
        "workflows.not_listening": _l("The other workflow is not active with the trigger “Started by a workflow”."),
        "workflows.wrong_value": _l("The value could not be stored: %(why)s"),
        "workflows.message_gone": _l("The message of this step has been deleted."),
        "workflows.bad_message": _l("The message cannot be sent: %(why)s"),
        "workflows.tried_failure": _l("In this test you chose that the step fails."),
        "workflows.blocked": _l("The friend has blocked the account."),
    }
)
