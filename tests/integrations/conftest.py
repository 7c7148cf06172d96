"""An account whose friends are in step with a portal."""

from __future__ import annotations

import pytest
from flask import Flask

from app.integrations.shared.models import Integration
from app.line.models import Account
from tests.factories.integrations import integration
from tests.factories.line import account


@pytest.fixture
def place(app: Flask) -> Account:
    return account()


@pytest.fixture
def portal(place: Account) -> Integration:
    return integration(place)
