"""Steps of workflows that change something in HubSpot; each module registers its own."""

from app.integrations.hubspot.steps import forms as forms
from app.integrations.hubspot.steps import list_trigger as list_trigger
from app.integrations.hubspot.steps import lists as lists
from app.integrations.hubspot.steps import names as names
from app.integrations.hubspot.steps import properties as properties
from app.integrations.hubspot.steps import property_forms as property_forms
from app.integrations.hubspot.steps import replayed as replayed
from app.integrations.hubspot.steps import trigger_forms as trigger_forms
from app.integrations.hubspot.steps import value_trigger as value_trigger
