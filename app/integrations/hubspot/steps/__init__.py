"""Steps of workflows that change something in HubSpot; each module registers its own."""

from app.integrations.hubspot.steps import forms as forms
from app.integrations.hubspot.steps import lists as lists
from app.integrations.hubspot.steps import names as names
from app.integrations.hubspot.steps import properties as properties
from app.integrations.hubspot.steps import property_forms as property_forms
