"""The two official accounts of the demo; every run shows the same values to connect them with."""

from sandbox.line.channels import Channel, Quota, new_channel
from sandbox.world import World

COFFEE_ID = "2000000001"
COFFEE_SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
COFFEE_TOKEN = "sandbox-coffee-long-lived-token"
BAKERY_ID = "2000000002"
BAKERY_SECRET = "00112233445566778899aabbccddeeff"
BAKERY_TOKEN = "sandbox-bakery-long-lived-token"


def seed_demo(world: World) -> None:
    """Open a verified coffee shop with 3,000 friends and an unverified bakery with 120."""
    coffee = new_channel(COFFEE_ID, "灯珈琲 Tomoru Coffee", world.seed, secret=COFFEE_SECRET, basic_id="@tomoru-coffee")
    coffee.population.followers = 3000
    # The import of those who are not known yet takes about a minute, so that a cancel can be tried.
    coffee.latency.profiles_per_second = 50
    coffee.quota = Quota(type="limited", value=30_000)
    bakery = new_channel(BAKERY_ID, "Kumo Bakery", world.seed, secret=BAKERY_SECRET, basic_id="@402kumob")
    bakery.kind = "unverified"
    bakery.population.followers = 120
    bakery.quota = Quota(type="limited", value=200)
    _open(world, coffee, COFFEE_TOKEN)
    _open(world, bakery, BAKERY_TOKEN)


def _open(world: World, channel: Channel, token: str) -> None:
    world.add_channel(channel)
    world.tokens.set_long_lived(channel, world.clock.now(), token)
