"""A form and the one operation that it carries out."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select
from wtforms import RadioField, SelectField, SelectMultipleField, StringField

from app.core.db import db
from app.core.errors import Conflict, InvalidInput
from app.core.forms import ChosenField, Form, at_most, choices, required, trimmed
from app.core.mail.models import OutgoingMail
from app.core.mail.operations import send_mail


class NameForm(Form):
    name = StringField("Name", [required(), at_most(5)], filters=[trimmed])


def submitted(app: Flask, name: str) -> NameForm:
    app.config["WTF_CSRF_ENABLED"] = False
    try:
        with app.test_request_context("/", method="POST", data={"name": name}):
            form = NameForm()
            form.carried = form.submit(lambda: save(form.name.data))  # type: ignore[attr-defined]
            return form
    finally:
        app.config["WTF_CSRF_ENABLED"] = True


def save(name: str) -> None:
    send_mail("a@example.com", name, "body")
    if name == "taken":
        raise InvalidInput(name="Someone has it.")
    if name == "odd":
        raise InvalidInput({"": "Not today.", "colour": "No such colour."})
    if name == "late":
        raise Conflict("It changed.")


def test_good_input_is_carried_out(app: Flask) -> None:
    form = submitted(app, " fine ")
    assert form.carried and not form.errors  # type: ignore[attr-defined]
    assert db.session.scalars(select(OutgoingMail.subject)).all() == ["fine"]


@pytest.mark.parametrize(("name", "reason"), [("", "Fill this in."), ("too long", "Use 5 characters at most.")])
def test_bad_input_is_not(app: Flask, name: str, reason: str) -> None:
    form = submitted(app, name)
    assert not form.carried  # type: ignore[attr-defined]
    assert [str(error) for error in form.name.errors] == [reason]
    assert not db.session.scalars(select(OutgoingMail)).all()


def test_a_refusal_stands_at_its_field_and_undoes_the_change(app: Flask) -> None:
    form = submitted(app, "taken")
    assert not form.carried  # type: ignore[attr-defined]
    assert form.name.errors == ["Someone has it."]
    assert not db.session.scalars(select(OutgoingMail)).all()


def test_what_belongs_to_no_field_stands_above(app: Flask) -> None:
    assert submitted(app, "odd").form_errors == ["Not today.", "No such colour."]


def test_other_errors_pass(app: Flask) -> None:
    with pytest.raises(Conflict):
        submitted(app, "late")


class ChoiceForm(Form):
    one = SelectField("One", choices=choices([("a", "A")]))
    some = SelectMultipleField("Some", choices=choices([(1, "A")]), coerce=int)


@pytest.mark.parametrize(
    ("language", "one", "some"),
    [
        ("en", "Choose one from the list.", "Choose only from the list."),
        ("ja", "一覧から選択してください。", "一覧にあるものだけを選択してください。"),
    ],
)
def test_built_in_refusals_speak_the_language(app: Flask, language: str, one: str, some: str) -> None:
    reader, typed = {"Accept-Language": language}, {"one": "b", "some": ["2"]}
    with app.test_request_context("/", method="POST", data=typed, headers=reader):
        form = ChoiceForm(meta={"csrf": False})
        assert not form.validate()
    assert (form.one.errors, form.some.errors) == ([one], [some])


class AnswerForm(Form):
    radio = RadioField("One", choices=choices([("a", "A"), ("b", "B")]))
    chosen = ChosenField("One that has to be posted", choices=choices([("a", "A"), ("b", "B")]), default="b")
    some = SelectMultipleField("Some", choices=choices([("a", "A"), ("b", "B")]))


@pytest.mark.parametrize(("name", "kind"), [("radio", "radio"), ("chosen", "radio"), ("some", "checkbox")])
def test_one_answer_is_chosen_by_radio_buttons_and_several_by_check_boxes(app: Flask, name: str, kind: str) -> None:
    with app.test_request_context("/"):
        drawn = app.jinja_env.get_template("components/form.html").module.choices(AnswerForm()[name])
    assert drawn.count("<input") == drawn.count(f'type="{kind}"') == 2
