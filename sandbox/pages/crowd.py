"""How many friends an account has, without looking at each of them."""

from sandbox.line.channels import Channel


def friends_count(channel: Channel) -> tuple[int, bool]:
    """Return the number of friends, and whether it is exact; shares of a synthesised crowd are only about right."""
    settings = channel.population
    count = round(settings.followers * (1 - settings.blocked))
    for user_id, person in channel.people.items():
        index = channel.crowd.index_of(user_id)
        was_friend = index is not None and channel.crowd.fate(index) != "blocked"
        count += (person.state == "friend") - was_friend
    return max(0, count), settings.blocked == 0
