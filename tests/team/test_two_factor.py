"""Two-factor sign-in."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import time_machine
from cryptography.fernet import Fernet
from flask import Flask

from app.core.clock import now
from app.core.db import db
from app.core.secrets import keyring
from app.team import passwords
from app.team.actors import SYSTEM
from app.team.models import Member
from app.team.operations import two_factor
from tests.conftest import ENCRYPTION_KEY
from tests.factories.team import PASSWORD
from tests.support.client import CheckingClient
from tests.support.races import wait_for_a_lock
from tests.team.conftest import audited_actions, code_of, is_signed_in, sign_in, with_two_factor

PAGE = "/profile/two-factor"
CODE = re.compile(r"<code>([a-z2-9]{4}(?:-[a-z2-9]{4}){3})</code>")


def bob(people: SimpleNamespace) -> Member:
    return db.session.get_one(Member, people.bob.id)


def set_up(browser: CheckingClient, people: SimpleNamespace) -> list[str]:
    """Turn it on through the pages; returns the recovery codes."""
    assert browser.post(PAGE).location == PAGE
    response = browser.post(f"{PAGE}/activation", data={"password": PASSWORD, "code": code_of(bob(people))})
    assert response.status_code == 200
    return CODE.findall(response.text)


def enter(browser: CheckingClient, code: str) -> int:
    return browser.post("/sign-in/code", data={"code": code}).status_code


def test_it_is_set_up_with_a_code_of_the_app(as_bob: CheckingClient, people: SimpleNamespace) -> None:
    assert "Set up" in as_bob.get(PAGE).text
    as_bob.post(PAGE)
    page = as_bob.get(PAGE).text
    secret = bob(people).totp_secret
    assert secret
    assert f'data-copy-text-value="{secret}"' in page
    assert '<svg role="img" aria-label="QR code for the authenticator app"' in page
    codes = CODE.findall(
        as_bob.post(f"{PAGE}/activation", data={"password": PASSWORD, "code": code_of(bob(people))}).text
    )
    assert len(set(codes)) == 10
    after = as_bob.get(PAGE).text
    assert "10 codes are left." in after
    assert secret not in after and not any(code in after for code in codes)
    assert audited_actions() == ["profile.two_factor_enabled"]


@pytest.mark.parametrize("issuer", ["灯る商店: 梅田", "a:b:c", ":", "Shop"])
def test_no_colon_divides_the_label_of_the_qr_code_but_one(people: SimpleNamespace, issuer: str) -> None:
    """Some apps refuse a label with a second colon, and others show a wrong name."""
    two_factor.begin(people.bob, actor=SYSTEM)
    parts = urlsplit(two_factor.provisioning_uri(people.bob, issuer))
    label, query = unquote(parts.path).lstrip("/"), parse_qs(parts.query)
    assert label.count(":") == 1 and label.endswith(":bob@example.com")
    assert query["issuer"] == [label.partition(":")[0]] and ":" not in query["issuer"][0]


def test_a_wrong_code_does_not_turn_it_on(as_bob: CheckingClient, people: SimpleNamespace) -> None:
    as_bob.post(PAGE)
    response = as_bob.post(f"{PAGE}/activation", data={"password": PASSWORD, "code": "000000x"})
    assert response.status_code == 422
    assert "This code is not right" in response.text
    assert not bob(people).has_two_factor


def test_an_unfinished_set_up_changes_nothing_at_sign_in(
    as_bob: CheckingClient, browser: CheckingClient, people: SimpleNamespace
) -> None:
    as_bob.post(PAGE)
    assert sign_in(browser, "bob@example.com").location == "/"


def test_it_is_not_begun_twice(as_bob: CheckingClient, people: SimpleNamespace) -> None:
    with_two_factor(people.bob)
    secret = people.bob.totp_secret
    assert as_bob.post(PAGE).status_code == 409
    assert (
        as_bob.post(f"{PAGE}/activation", data={"password": PASSWORD, "code": code_of(people.bob)}).status_code == 409
    )
    assert bob(people).totp_secret == secret


def test_the_code_is_the_second_step(browser: CheckingClient, people: SimpleNamespace) -> None:
    with_two_factor(people.bob)
    answer = sign_in(browser, "bob@example.com", next="/profile")
    assert answer.location == "/sign-in/code"
    assert not is_signed_in(browser)
    assert browser.get("/sign-in/code").status_code == 200
    assert enter(browser, "123 45") == 422
    finished = browser.post("/sign-in/code", data={"code": f" {code_of(people.bob)} "})
    assert (finished.status_code, finished.location) == (303, "/profile")
    assert is_signed_in(browser)


def test_a_code_works_once(app: Flask, browser: CheckingClient, people: SimpleNamespace) -> None:
    with_two_factor(people.bob)
    with time_machine.travel(now().timestamp(), tick=False):
        code = code_of(people.bob)
        sign_in(browser, "bob@example.com")
        assert enter(browser, code) == 303
        thief: CheckingClient = app.test_client()  # type: ignore[assignment]
        sign_in(thief, "bob@example.com")
        assert enter(thief, code) == 422
        assert enter(thief, code_of(people.bob, steps=-1)) == 422, "Nor does an older one, after a newer."
        assert not is_signed_in(thief)


def test_codes_half_a_minute_off_are_good_and_others_are_not(browser: CheckingClient, people: SimpleNamespace) -> None:
    with_two_factor(people.bob)
    # A step begins every half a minute.
    with time_machine.travel(now().timestamp(), tick=False):
        sign_in(browser, "bob@example.com")
        for steps in (-3, -2, 2, 3):
            assert enter(browser, code_of(people.bob, steps)) == 422
        assert enter(browser, code_of(people.bob, steps=1)) == 303


def test_of_two_at_once_one_spends_the_code(app: Flask, people: SimpleNamespace) -> None:
    with_two_factor(people.bob)
    code, bob_id = code_of(people.bob), people.bob.id
    assert two_factor.use_code(people.bob, code) == "app"
    outcome: list[object] = []

    def second() -> None:
        with app.app_context():
            outcome.append(two_factor.use_code(db.session.get_one(Member, bob_id), code))

    thread = threading.Thread(target=second)
    thread.start()
    wait_for_a_lock()
    db.session.commit()
    thread.join(20)
    assert outcome == [None]


def test_a_recovery_code_works_once(app: Flask, people: SimpleNamespace) -> None:
    code = with_two_factor(people.bob)[0]
    for expected in (303, 422):
        browser: CheckingClient = app.test_client()  # type: ignore[assignment]
        sign_in(browser, "bob@example.com")
        assert browser.get("/sign-in/code?recovery=1").status_code == 200
        assert enter(browser, code.upper().replace("-", " ")) == expected
    assert len(bob(people).recovery_codes) == 9
    assert audited_actions()[-1] == "sign_in.started_with_recovery_code"


def test_codes_are_stored_as_digests(people: SimpleNamespace) -> None:
    codes = with_two_factor(people.bob)
    stored = " ".join(people.bob.recovery_codes)
    assert not any(code.replace("-", "") in stored for code in codes)


def test_the_second_step_is_limited_in_every_browser(app: Flask, people: SimpleNamespace) -> None:
    with_two_factor(people.bob)
    tried = []
    for _ in range(6):
        browser: CheckingClient = app.test_client()  # type: ignore[assignment]
        sign_in(browser, "bob@example.com")
        tried.append(enter(browser, "000000x"))
    assert tried == [422] * 5 + [429]
    assert enter(browser, code_of(people.bob)) == 429
    assert "Too many tries" in browser.post("/sign-in/code", data={"code": "1"}).text


def test_without_the_first_step_there_is_no_second(browser: CheckingClient, people: SimpleNamespace) -> None:
    with_two_factor(people.bob)
    assert browser.get("/sign-in/code").location == "/sign-in"
    response = browser.post("/sign-in/code", data={"code": code_of(people.bob)})
    assert response.location == "/sign-in"
    assert not is_signed_in(browser)


def test_the_first_step_is_good_for_ten_minutes(browser: CheckingClient, people: SimpleNamespace) -> None:
    with_two_factor(people.bob)
    sign_in(browser, "bob@example.com")
    with time_machine.travel(now().timestamp() + 601):
        assert browser.post("/sign-in/code", data={"code": code_of(people.bob)}).location == "/sign-in"
        assert not is_signed_in(browser)


def test_the_first_step_ends_with_the_password(browser: CheckingClient, people: SimpleNamespace) -> None:
    with_two_factor(people.bob)
    sign_in(browser, "bob@example.com")
    people.bob.password_hash = passwords.hashed("another horse staple")
    assert browser.post("/sign-in/code", data={"code": code_of(people.bob)}).location == "/sign-in"


def test_new_recovery_codes_replace_the_old(as_bob: CheckingClient, people: SimpleNamespace) -> None:
    old = with_two_factor(people.bob)
    assert as_bob.post(f"{PAGE}/recovery-codes", data={"password": PASSWORD, "code": old[0]}).status_code == 422
    assert (
        as_bob.post(f"{PAGE}/recovery-codes", data={"password": "guess", "code": code_of(people.bob)}).status_code
        == 422
    )
    response = as_bob.post(f"{PAGE}/recovery-codes", data={"password": PASSWORD, "code": code_of(people.bob)})
    new = CODE.findall(response.text)
    assert len(new) == 10 and not set(new) & set(old)
    assert two_factor.use_code(bob(people), old[1]) is None
    assert two_factor.use_code(bob(people), new[1]) == "recovery"


def test_turning_off_takes_password_and_code(
    as_bob: CheckingClient, browser: CheckingClient, people: SimpleNamespace
) -> None:
    code = with_two_factor(people.bob)[0]
    for password, given in (("guess", code), (PASSWORD, "000000x"), ("", code), (PASSWORD, "")):
        data = {"off-password": password, "off-code": given}
        assert as_bob.post(f"{PAGE}/removal", data=data).status_code == 422
        assert bob(people).has_two_factor
    data = {"off-password": PASSWORD, "off-code": code}
    assert as_bob.post(f"{PAGE}/removal", data=data).location == PAGE
    assert (bob(people).totp_secret, bob(people).recovery_codes) == (None, [])
    assert sign_in(browser, "bob@example.com").location == "/"
    assert "profile.two_factor_disabled" in audited_actions()


def test_it_can_be_set_up_again(as_bob: CheckingClient, people: SimpleNamespace) -> None:
    code = set_up(as_bob, people)[0]
    as_bob.post(f"{PAGE}/removal", data={"off-password": PASSWORD, "off-code": code})
    assert len(set_up(as_bob, people)) == 10


def test_the_secret_is_encrypted_in_the_table(people: SimpleNamespace) -> None:
    with_two_factor(people.bob)
    with db.engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT totp_secret FROM members WHERE name = 'Bob'").scalar()
    assert people.bob.totp_secret.encode() not in bytes(stored)


@pytest.fixture
def lost_key(app: Flask) -> Iterator[Callable[[], None]]:
    """Call it, and no one has the encryption key any more."""
    yield lambda: keyring.use((Fernet.generate_key().decode(),))
    keyring.use((ENCRYPTION_KEY,))


def test_recovery_codes_work_after_the_encryption_key_was_lost(
    as_bob: CheckingClient, browser: CheckingClient, people: SimpleNamespace, lost_key: Callable[[], None]
) -> None:
    codes = set_up(as_bob, people)
    lost_key()
    assert sign_in(browser, "bob@example.com").location == "/sign-in/code"
    refused = browser.post("/sign-in/code", data={"code": "123456"})
    assert refused.status_code == 422 and "Use a recovery code" in refused.text
    assert enter(browser, codes[0]) == 303
    assert browser.get(PAGE).status_code == 200
    off = {"off-password": PASSWORD, "off-code": codes[1]}
    assert browser.post(f"{PAGE}/removal", data=off).location == PAGE
    assert not bob(people).has_two_factor


def test_a_set_up_that_was_lost_is_begun_again(
    as_bob: CheckingClient, people: SimpleNamespace, lost_key: Callable[[], None]
) -> None:
    as_bob.post(PAGE)
    lost_key()
    assert "Set up" in as_bob.get(PAGE).text
    assert set_up(as_bob, people)
