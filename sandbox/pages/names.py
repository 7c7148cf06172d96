"""Names that people typed, in whatever script: each stands in its own direction and never disturbs what is around it.

`static/names.js` does the same for what the pages draw themselves.
"""

import unicodedata

from markupsafe import Markup

from sandbox.line.channels import Channel, Group
from sandbox.line.counting import grapheme_list
from sandbox.pages.words import say
from sandbox.world import World

# Letters and symbols of which nothing is seen: fillers of Hangul, and the empty cell of Braille.
BLANK = "\u115f\u1160\u2800\u3164\uffa0"
# So many people stand in the title of a chat without a name.
NAMED = 4
ISOLATE, END = "\u2068", "\u2069"


def is_visible(text: str) -> bool:
    """Return whether anything of the text can be seen."""
    return any(unicodedata.category(one)[0] not in "CZM" and one not in BLANK for one in text)


def name_or_none(language: str, name: str) -> str:
    """Return the name, or words in place of one of which nothing can be seen."""
    return name if is_visible(name) else say(language, "Name not known")


def bdi(language: str, name: str) -> Markup:
    """Return a name as an element of a page."""
    return Markup("<bdi>{}</bdi>").format(name_or_none(language, name))


def isolated(language: str, name: str) -> str:
    """Return a name for a sentence, title or attribute, between the characters that isolate it."""
    return f"{ISOLATE}{name_or_none(language, name)}{END}"


def initial(name: str) -> str:
    """Return the first whole character that can be seen, for the place of a picture."""
    return next((one for one in grapheme_list(name) if is_visible(one)), "?")


def title(world: World, channel: Channel, group: Group) -> str:
    """Return what phones call the chat: a group's name; of a room, which has none, the names of its first people."""
    people = [world.find_person(channel, user_id) for user_id in group.members]
    shown = [person.display_name for person in people if person and is_visible(person.display_name)]
    return group.name or ", ".join(f"{ISOLATE}{name}{END}" for name in shown[:NAMED])
