"""Pushes as `push_rate` makes them, without end, as the load beside another benchmark: `python -m bench._pushing`.

A line is printed each time when so many are about to be sent.
"""

from __future__ import annotations

from bench import push_rate
from bench.friend_import import store_account
from bench.harness import installation
from tests.support.sandbox import SandboxServer

AT_ONCE = 10_000


def run() -> None:
    """Push until the process is told to end."""
    with SandboxServer() as line, installation("pushing") as place:
        env = {**place.env, "LINE_API_URL": line.url, "LINE_DATA_URL": line.url}
        channel = push_rate.open_channel(line)
        people = push_rate.people_of(line, channel, AT_ONCE)
        with place.app.app_context():
            account_id = store_account(channel).id
        while True:
            print("pushing", flush=True)
            push_rate.push(env, account_id, people)


if __name__ == "__main__":
    run()
