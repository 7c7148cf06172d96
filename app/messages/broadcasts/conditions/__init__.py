"""Properties of segments that ask what friends know of broadcasts.

Importing the package registers them; they are listed in the order of its modules.
"""

from app.messages.broadcasts.conditions import last as last
from app.messages.broadcasts.conditions import numbers as numbers
from app.messages.broadcasts.conditions import parts as parts
