"""Send e-mails of the outbox again."""

from __future__ import annotations

from app.core.i18n import _l
from app.core.mail import operations
from app.core.mail.models import OutgoingMail
from app.team import audit
from app.team.actors import ADMINISTRATOR, Actor
from app.team.operation import operation

audit.describe({"mail.tried_again": _l("sent the e-mail to %(target)s again")}, {"mail": _l("E-mail")})


@operation(ADMINISTRATOR)
def try_again(mail_id: int, *, actor: Actor) -> OutgoingMail:
    """Send an e-mail that failed or was kept; raises NotFound and Conflict."""
    mail = operations.try_again(mail_id)
    audit.record(actor, "mail.tried_again", target=mail, target_name=mail.recipient)
    return mail
