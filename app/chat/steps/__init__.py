"""Steps of workflows that change the conversation with the friend; each module registers its own."""

from app.chat.steps import assigning as assigning
from app.chat.steps import forms as forms
from app.chat.steps import handing_over as handing_over
from app.chat.steps import names as names
from app.chat.steps import noting as noting
from app.chat.steps import status as status
