"""Channel access tokens: stored ones (long- and short-lived) and stateless ones that prove themselves."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

from sandbox.line.channels import Channel, Token

STATELESS_SECONDS = 15 * 60
SHORT_LIVED_SECONDS = 30 * 24 * 3600
SHORT_LIVED_MAX = 30


class TokenBook:
    """Issues tokens and finds the channel behind one."""

    def __init__(self, key: bytes, channels: dict[str, Channel]) -> None:
        self._key = key
        self._channels = channels
        # Answers for tokens seen lately: channel and expiry (None never expires).
        self._seen: dict[str, tuple[Channel, float | None]] = {}

    def channel_for(self, value: str, now: float) -> Channel | None:
        """Return the channel whose live token this is."""
        known = self._seen.get(value)
        if known is None:
            known = self._stateless(value) or self._stored(value)
            if known is None:
                return None
            if len(self._seen) > 1000:
                self._seen.clear()
            self._seen[value] = known
        channel, expires_at = known
        return channel if expires_at is None or now < expires_at else None

    def forget_seen(self) -> None:
        """Look tokens up again; to be called whenever tokens or channels changed."""
        self._seen.clear()

    def issue_stateless(self, channel: Channel, now: float) -> str:
        """Issue a token for fifteen minutes, which cannot be revoked."""
        expires = now + STATELESS_SECONDS
        claim = f"{channel.channel_id}.{channel.token_epoch}.{expires:.3f}.{secrets.token_hex(8)}"
        return base64.urlsafe_b64encode(f"{claim}.{self._proof(claim)}".encode()).decode().rstrip("=")

    def issue_short_lived(self, channel: Channel, now: float) -> Token:
        """Issue a token for thirty days; the thirty-first revokes the oldest."""
        live = [token for token in channel.tokens if token.kind == "short-lived" and _is_live(token, now)]
        if len(live) >= SHORT_LIVED_MAX:
            channel.tokens.remove(min(live, key=lambda token: token.issued_at))
        token = Token(secrets.token_urlsafe(96), "short-lived", now, now + SHORT_LIVED_SECONDS)
        channel.tokens.append(token)
        self.forget_seen()
        return token

    def set_long_lived(self, channel: Channel, now: float, value: str | None = None) -> Token:
        """Issue a new long-lived token, as the console issues it; it replaces the old one."""
        channel.tokens = [token for token in channel.tokens if token.kind != "long-lived"]
        token = Token(value or secrets.token_urlsafe(126), "long-lived", now)
        channel.tokens.append(token)
        self.forget_seen()
        return token

    def revoke(self, value: str) -> None:
        """Make a stored token worthless; unknown and stateless tokens are left alone."""
        for channel in self._channels.values():
            channel.tokens = [token for token in channel.tokens if token.value != value]
        self.forget_seen()

    def revoke_all(self, channel: Channel) -> None:
        """Make every token of the channel worthless, stateless ones too (a power LINE does not have)."""
        channel.tokens = []
        channel.token_epoch += 1
        self.forget_seen()

    def stored_token(self, value: str, now: float) -> tuple[Channel, Token] | None:
        """Return the live stored token with this value and its channel."""
        for channel, token in _stored_tokens(self._channels.values()):
            if token.value == value and _is_live(token, now):
                return channel, token
        return None

    def _stored(self, value: str) -> tuple[Channel, float | None] | None:
        for channel, token in _stored_tokens(self._channels.values()):
            if hmac.compare_digest(token.value.encode(), value.encode()):
                return channel, token.expires_at
        return None

    def _stateless(self, value: str) -> tuple[Channel, float | None] | None:
        try:
            text = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode()
            claim, proof = text.rsplit(".", 1)
            channel_id, epoch, seconds, fraction, _ = claim.split(".")
        except ValueError:
            return None
        channel = self._channels.get(channel_id)
        if channel is None or str(channel.token_epoch) != epoch:
            return None
        if not hmac.compare_digest(proof, self._proof(claim)):
            return None
        return channel, float(f"{seconds}.{fraction}")

    def _proof(self, claim: str) -> str:
        return hmac.new(self._key, claim.encode(), hashlib.sha256).hexdigest()


def _stored_tokens(channels: Iterable[Channel]) -> Iterable[tuple[Channel, Token]]:
    return ((channel, token) for channel in channels for token in channel.tokens)


def _is_live(token: Token, now: float) -> bool:
    return token.expires_at is None or now < token.expires_at
