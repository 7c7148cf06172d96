"""What people type into team's pages."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import EqualTo, ValidationError

from app.core import names
from app.core.forms import ChosenField, Form, at_most, choices, required, trimmed
from app.core.i18n import LANGUAGES, Text, _l, language
from app.core.identifiers import form_row_number
from app.team import account_directory, countries, passwords, setup_code
from app.team.api_access import SCOPE_LABELS
from app.team.models import Member, MemberState, Role
from app.team.permissions import NOT_YET, OFFERED

ROLES: dict[Role, Text] = {Role.ADMINISTRATOR: _l("Administrator"), Role.MEMBER: _l("Member")}
STATES: dict[MemberState, Text] = {
    MemberState.ACTIVE: _l("Active"),
    MemberState.INVITED: _l("Invited"),
    MemberState.SUSPENDED: _l("Suspended"),
}
# Which accounts a member or key may see.
SCOPES: tuple[tuple[str, Text], ...] = (
    ("all", _l("All accounts, also those connected later")),
    ("chosen", _l("Only these:")),
)


def name_field(label: Text) -> StringField:
    """Make a field for a name of a person or thing: one line, not too long to show."""
    return StringField(label, [required(), at_most(100), _readable], filters=[one_line])


def _readable(_form: Form, field: StringField) -> None:
    if field.data and not names.is_readable(field.data):
        raise ValidationError(str(names.UNREADABLE))


def one_line(value: str | None) -> str | None:
    """Filter a form field: one line, which mail subjects and menus need, and no invisible characters."""
    return names.one_line(value) if value else value


def new_password_field(label: Text) -> PasswordField:
    """Make a field for a password to be set; browsers offer to make one up."""
    rules = [required(), at_most(passwords.MOST)]
    return PasswordField(label, rules, render_kw={"autocomplete": "new-password"})


def repeat_field() -> PasswordField:
    """Make a field for the same password once more, since it is not shown while it is typed."""
    rules = [required(), EqualTo("password", _l("This is not the same as above."))]
    return PasswordField(_l("The same again"), rules, render_kw={"autocomplete": "new-password"})


def present_password_field(label: Text) -> PasswordField:
    """Make a field for the present password."""
    return PasswordField(label, [required()], render_kw={"autocomplete": "current-password"})


def code_field(label: Text) -> StringField:
    """Make a field for a code of an authenticator app."""
    attributes = {"autocomplete": "one-time-code", "inputmode": "numeric", "autocapitalize": "none"}
    return StringField(label, [required(), at_most(40)], filters=[trimmed], render_kw=attributes)


def second_code_field() -> StringField:
    """Make a field for the code of those who have two-factor sign-in; the operation says whether it is missing."""
    attributes = {"autocomplete": "one-time-code", "autocapitalize": "none"}
    return StringField(_l("Code"), [at_most(40)], filters=[trimmed], default="", render_kw=attributes)


def email_field() -> EmailField:
    """Make a field for an e-mail address; the operation checks it."""
    return EmailField(_l("E-mail"), [required(), at_most(254)], filters=[trimmed])


class SignInForm(Form):
    """Who are you?"""

    email = email_field()
    password = present_password_field(_l("Password"))
    remember = BooleanField(_l("Keep me signed in on this device"), default=True)
    next = HiddenField()


class CodeForm(Form):
    """The second step of signing in, and other places that ask for a code."""

    code = code_field(_l("Code"))


class SetupForm(Form):
    """A new installation."""

    code = StringField(
        _l("One-time code"), [required(), at_most(40)], filters=[trimmed], render_kw={"autocomplete": "off"}
    )
    workspace_name = name_field(_l("Name of the workspace"))
    time_zone = StringField(_l("Time zone"), [required()], filters=[trimmed], default="Asia/Tokyo")
    name = name_field(_l("Your name"))
    email = email_field()
    password = new_password_field(_l("Password"))
    repeat = repeat_field()

    def validate_code(self, field: StringField) -> None:
        """Only who can read the log or run a command of the installation knows it."""
        if not setup_code.fits(current_app.config["TOMORU"].secret_key, field.data):
            raise ValidationError(str(_l("This is not the code of this installation.")))


class AskForm(Form):
    """A forgotten password."""

    email = email_field()


class NewPasswordForm(Form):
    """A new password, after the link in the e-mail."""

    password = new_password_field(_l("New password"))
    repeat = repeat_field()


class AcceptForm(Form):
    """Coming in after an invitation."""

    name = name_field(_l("Your name"))
    password = new_password_field(_l("Password"))
    repeat = repeat_field()


class AccessForm(Form):
    """What a member may do and see."""

    role = ChosenField(_l("Role"), choices=choices(ROLES.items()), default=Role.MEMBER)
    permissions = SelectMultipleField(_l("Permissions"), choices=choices(OFFERED.items()))
    scope = ChosenField(
        _l("LINE Official Accounts"),
        choices=choices(SCOPES),
        default="all",
    )
    account_ids = SelectMultipleField(_l("Accounts"), coerce=form_row_number)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account_ids.choices = choices(account_directory.accounts())

    @classmethod
    def of(cls, member: Member) -> AccessForm:
        """Return the form as the member's row fills it."""
        known = {account_id for account_id, _name in account_directory.accounts()}
        return cls(
            role=member.role,
            permissions=[one for one in member.permissions if one not in NOT_YET],
            scope="all" if member.account_ids is None else "chosen",
            account_ids=[account_id for account_id in member.account_ids or [] if account_id in known],
        )

    def validate_account_ids(self, field: SelectMultipleField) -> None:
        """An administrator sees everything, so the choice does not matter there."""
        if self.scope.data == "chosen" and self.role.data != Role.ADMINISTRATOR and not field.data:
            raise ValidationError(str(_l("Choose at least one account.")))

    @property
    def access(self) -> dict[str, Any]:
        """What the operations take."""
        chosen = None if self.scope.data == "all" else self.account_ids.data
        return {"role": Role(self.role.data), "permissions": self.permissions.data, "account_ids": chosen}


class ApiKeyForm(Form):
    """A key for another program."""

    name = name_field(_l("Name"))
    scopes = SelectMultipleField(_l("May do"), choices=choices(SCOPE_LABELS.items()))
    scope = ChosenField(_l("LINE Official Accounts"), choices=choices(SCOPES), default="all")
    account_ids = SelectMultipleField(_l("Accounts"), coerce=form_row_number)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account_ids.choices = choices(account_directory.accounts())

    def validate_scopes(self, field: SelectMultipleField) -> None:
        """A key that opens nothing is a mistake."""
        if not field.data:
            raise ValidationError(str(_l("Choose at least one.")))

    def validate_account_ids(self, field: SelectMultipleField) -> None:
        """Require an account when access is limited."""
        if self.scope.data == "chosen" and not field.data:
            raise ValidationError(str(_l("Choose at least one account.")))

    @property
    def key(self) -> dict[str, Any]:
        """What the operation takes."""
        chosen = None if self.scope.data == "all" else self.account_ids.data
        return {"name": self.name.data, "scopes": self.scopes.data, "account_ids": chosen}


class InviteForm(AccessForm):
    """A new member."""

    email = email_field()


def _countries() -> list[SelectChoice]:
    return choices(countries.choices(language()))


class WorkspaceForm(Form):
    """The workspace's settings."""

    name = name_field(_l("Name"))
    icon = FileField(_l("Icon"))
    remove_icon = BooleanField(_l("Remove the icon"))
    time_zone = StringField(_l("Time zone"), [required()], filters=[trimmed])
    country = SelectField(_l("Country"), choices=_countries, validate_choice=False)
    language = SelectField(_l("Language"), choices=choices(LANGUAGES.items()))


class ProfileForm(Form):
    """What a member sees of the console; empty values follow browser and system."""

    name = name_field(_l("Name"))
    language = SelectField(_l("Language"), choices=choices([("", _l("As my browser")), *LANGUAGES.items()]))
    theme = SelectField(
        _l("Appearance"),
        choices=choices([("", _l("Like the system")), ("light", _l("Light")), ("dark", _l("Dark"))]),
    )


class PasswordForm(Form):
    """Another password."""

    present = present_password_field(_l("Present password"))
    code = second_code_field()
    password = new_password_field(_l("New password"))
    repeat = repeat_field()


class ConfirmForm(Form):
    """Who is at the browser, before something sensitive; the code for those who have two-factor sign-in."""

    password = present_password_field(_l("Password"))
    code = second_code_field()
    next = HiddenField()


class PasskeyForm(Form):
    """A new passkey: its name, and both proofs."""

    name = name_field(_l("Name"))
    password = present_password_field(_l("Password"))
    code = second_code_field()


class PasskeySignInForm(Form):
    """What the browser answers in the place of a password."""

    credential = HiddenField()
    next = HiddenField()


class LeavingForm(Form):
    """What becomes of the API keys of a member who is suspended or removed."""

    keys = RadioField(
        _l("API keys"),
        choices=choices(
            [
                ("revoke", _l("Revoke them: programs that use them are refused")),
                ("keep", _l("I answer for them from now on")),
            ]
        ),
        default="revoke",
    )


class ProofForm(Form):
    """Both proofs once more, before a change of one of them."""

    password = present_password_field(_l("Password"))
    code = code_field(_l("Code"))
