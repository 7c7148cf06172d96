"""`python -m sandbox`: start the stand-ins."""

import argparse
import asyncio
import sys
from pathlib import Path

from sandbox.server import serve


def arguments() -> argparse.Namespace:
    """Return what was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Local stand-ins for LINE and HubSpot.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8001, help="port, 0 picks a free one (default: %(default)s)")
    parser.add_argument("--data", type=Path, help="directory that keeps the state; without it, memory only")
    parser.add_argument("--seed", type=int, default=1, help="makes people and chance repeatable (default: 1)")
    parser.add_argument("--demo", action="store_true", help="open the demo accounts when there is no state yet")
    return parser.parse_args()


def main() -> None:
    """Serve until told to stop."""
    options = arguments()
    try:
        asyncio.run(serve(options.host, options.port, options.data, options.seed, with_demo=options.demo))
    except OSError as error:
        sys.exit(f"The sandbox cannot listen on {options.host}:{options.port} or use its directory: {error}")


if __name__ == "__main__":
    main()
