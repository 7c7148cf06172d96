"""Load what Home shows to one member; what they may not see is not loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from sqlalchemy import exists, select

from app.core import error_messages
from app.core.clock import now
from app.core.db import db
from app.core.i18n import sentences
from app.core.runs.models import Run
from app.core.runs.queries import active_runs
from app.core.runs.registry import RUN_KINDS
from app.friends.models import Activity, Friend
from app.friends.queries.statistics import latest_activity
from app.friends.timeline import Line, describe
from app.home.summary import Summary, summary
from app.imports.friends.emails import outcome
from app.imports.friends.queries import ended_imports
from app.integrations.shared.connecting import label_of
from app.integrations.shared.labels import state_label
from app.integrations.shared.models import Integration
from app.integrations.shared.queries import lost_integrations
from app.integrations.shared.services import SERVICES, Service
from app.line.access import visible_accounts
from app.line.models import Account, AccountState
from app.line.setup_checks.results import Check, red_for
from app.team import queries as team
from app.team.actors import Actor
from app.team.models import Member
from app.team.permissions import Permission

PERIODS = (7, 30, 90)
DEFAULT_PERIOD = 30
# Figures of the first accounts stand in the page at once; those of the others are fetched when they come into view.
AT_ONCE = 3
LATEST = 8
LATELY = timedelta(days=1)


@dataclass(frozen=True)
class LatestActivity:
    """One line of the latest activity."""

    activity: Activity
    friend: Friend
    account: Account
    line: Line


@dataclass(frozen=True)
class Work:
    """A piece of long work in progress."""

    run: Run
    label: str
    account: Account


@dataclass(frozen=True)
class Ended:
    """A friend import that ended lately, with what it came to."""

    run: Run
    account: Account
    sentence: str


@dataclass(frozen=True)
class LostIntegration:
    """An account of another service that has to be connected again; `settings` is the endpoint of its settings."""

    id: int
    name: str
    state: str
    reason: str
    settings: str


def _lost(integration: Integration, service: Service) -> LostIntegration:
    name, reason = f"{service.name}: {label_of(integration)}", error_messages.sentence(integration.reason)
    return LostIntegration(
        integration.id, name, state_label(integration.state, service.name)[0], reason, service.settings
    )


class Home:
    """The page for one member; each part is asked for when it is printed."""

    periods = PERIODS

    def __init__(self, member: Member, days: int = DEFAULT_PERIOD) -> None:
        self.member = member
        self.days = days if days in PERIODS else DEFAULT_PERIOD

    @cached_property
    def accounts(self) -> Sequence[Account]:
        """The accounts that this member may see, as they were connected; those that are disconnected last."""
        found = visible_accounts(Actor.of_member(self.member))
        return sorted(found, key=lambda account: (account.state == AccountState.DISCONNECTED, account.id))

    @property
    def sees_friends(self) -> bool:
        return self.member.may(Permission.FRIENDS)

    @property
    def sees_attention(self) -> bool:
        return self.member.may(Permission.SETTINGS) or self.member.may(Permission.INTEGRATIONS)

    @property
    def sees_runs(self) -> bool:
        """Return whether the member may start long work."""
        return any(self.member.may(each) for each in (Permission.FRIENDS, Permission.IMPORTS, Permission.TAGS))

    @property
    def may_import(self) -> bool:
        return self.member.may(Permission.IMPORTS)

    @property
    def may_connect(self) -> bool:
        """Whether to invite this member to connect an account."""
        return self.member.may(Permission.SETTINGS) and self.member.account_ids is None

    @cached_property
    def any_account(self) -> bool:
        """Whether the installation has accounts at all, this member's or not."""
        return bool(db.session.scalar(select(exists().select_from(Account))))

    @cached_property
    def administrators(self) -> str:
        """Return the names of active administrators, who can grant more to this member."""
        return team.administrator_names()

    def summary_of(self, account: Account) -> Summary | None:
        """Return the figures of an account, None when they are to be fetched later."""
        return summary(account, self.days) if account in self.accounts[:AT_ONCE] else None

    @cached_property
    def red_checks(self) -> Sequence[Check]:
        """What does not work: of the installation now, of the accounts as LINE was last asked."""
        return red_for(self.accounts) if self.member.may(Permission.SETTINGS) else ()

    @cached_property
    def lost_integrations(self) -> Sequence[LostIntegration]:
        """Accounts of other services that have to be connected again."""
        found = lost_integrations(Actor.of_member(self.member)) if self.member.may(Permission.INTEGRATIONS) else ()
        return [_lost(one, SERVICES[one.service]) for one in found]

    @cached_property
    def work(self) -> Sequence[Work]:
        """Everything in progress on these accounts, oldest first."""
        accounts, known = {account.id: account for account in self.accounts}, RUN_KINDS
        found = [run for run in active_runs(list(accounts)) if run.kind in known]
        return [Work(run, str(RUN_KINDS[run.kind].label), accounts[run.account_id]) for run in found if run.account_id]

    @cached_property
    def ended(self) -> Sequence[Ended]:
        """Friend imports that ended within a day, newest first."""
        accounts = {account.id: account for account in self.accounts}
        found = ended_imports(list(accounts), now() - LATELY) if self.may_import else ()
        return [Ended(run, accounts[run.subject_id], sentences(outcome(run))) for run in found]

    @cached_property
    def latest(self) -> Sequence[LatestActivity]:
        """What friends did last, newest first."""
        accounts = {account.id: account for account in self.accounts}
        found = latest_activity(list(accounts), LATEST)
        return [
            LatestActivity(activity, friend, accounts[friend.account_id], describe(activity.kind, activity.data))
            for activity, friend in found
        ]
