"""Programs that fetch links without a person: those that make previews, and those that look for harmful pages."""

from __future__ import annotations

import re
from functools import lru_cache

# LINE's own preview fetcher calls itself "facebookexternalhit/1.1;line-poker/1.0". Phones of the maker CUBOT are none.
KNOWN = re.compile(
    r"(?<!cu)bot\b|bot[/;_-]|crawl|spider|preview|facebookexternalhit|line-poker|linespider|slurp|fetcher|scanner|"
    r"validator|monitor|headless|lighthouse|whatsapp|telegram|slackbot|discord|skype|embedly|vkshare|bitly|"
    r"mediapartners|adsbot|safelinks|barracuda|proofpoint|mimecast|trendmicro|virustotal|sophos|zscaler|"
    r"curl/|wget/|python|java/|okhttp|go-http|libwww|axios|node-fetch|undici|ruby|perl|guzzle|postman",
    re.IGNORECASE,
)


@lru_cache(maxsize=4_096)
def is_robot(user_agent: str) -> bool:
    """Return whether this User-Agent is that of such a program; browsers always send one."""
    return not user_agent or KNOWN.search(user_agent) is not None
