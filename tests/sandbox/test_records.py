"""State to JSON and back."""

import json

import pytest

from sandbox.line.channels import Channel, Group, ReplyToken, Token, new_channel
from sandbox.line.people import Person
from sandbox.records import BadFieldError, change, dump, revive


def test_a_channel_comes_back_as_it_was() -> None:
    channel = new_channel("1", "灯珈琲", 7)
    channel.population.followers = 12
    channel.webhook.redelivery.enabled = True
    channel.tokens.append(Token("secret", "short-lived", 1.0, 2.0))
    channel.remember(Person("U" + "0" * 32, "花子", state="blocked"))
    channel.groups["C"] = Group("C", "常連", ["U1"])
    channel.reply_tokens["r"] = ReplyToken("U1", 1.0, 2.0)
    again = revive(Channel, json.loads(json.dumps(dump(channel))))
    assert again == channel
    assert again.crowd.user_id(5) == channel.crowd.user_id(5)
    assert again.crowd.settings.followers == 12


def test_fields_that_no_longer_exist_are_ignored() -> None:
    assert revive(Group, {"group_id": "C", "name": "x", "colour": "red"}) == Group("C", "x")


@pytest.mark.parametrize(
    "changes",
    [{"state": "angry"}, {"consent": 1}, {"display_name": None}, {"last_wrote_at": "now"}, {"nose": 1}],
)
def test_a_change_that_does_not_fit_changes_nothing(changes: dict) -> None:
    person = Person("U1", "花子")
    with pytest.raises(BadFieldError):
        change(person, {"display_name": "太郎"} | changes)
    assert person == Person("U1", "花子")


def test_changes_that_fit() -> None:
    person = Person("U1", "花子")
    change(person, {"state": "blocked", "language": None, "last_wrote_at": 7})
    assert (person.state, person.language, person.last_wrote_at) == ("blocked", None, 7)
