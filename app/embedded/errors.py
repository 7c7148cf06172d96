"""What can go wrong with the embedded servers, in words for the person at the keyboard."""


class EmbeddedServerError(RuntimeError):
    """A server cannot be found, started or trusted; the message is one sentence that says what to do."""
