"""Forms of owners whose page shows the composer."""

from __future__ import annotations

from app.core.errors import InvalidInput
from app.core.forms import Form
from app.core.i18n import Text, _l
from app.messages.composer.editing import is_of_content
from app.messages.content.building import ContentProblem

SEE_BELOW = _l("The messages cannot be used as they are. What is wrong stands at each place below.")


class ComposedForm(Form):
    """A form around the composer: what is wrong with the messages is said at their own fields, in `said`."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.said: list[ContentProblem] = []

    def refuse(self, refusal: InvalidInput) -> None:
        """Show each sentence at its field; complaints of messages are kept for the composer."""
        own = {name: words for name, words in refusal.fields.items() if not is_of_content(name)}
        self.said = [ContentProblem(path, words) for path, words in refusal.fields.items() if path not in own]
        general: dict[str, Text] = {"": SEE_BELOW} if self.said and "" not in own else {}
        super().refuse(InvalidInput({**own, **general}))
