"""How often a question was asked, as the note of its step keeps it: once for each time, with the answer to it."""

from __future__ import annotations

# In the note: a list of {"at", "send", "answer", "why"}; send and answer of the last one are those of the step itself.
ASKS = "asks"
