"""Log in and open a desk by the keyring: `dbus-run-session -- python -m tests.e2e.keyring_login URL FOLDER`.

One line each: what login said, what the desk showed, what forgetting said, and what the next desk showed.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests.e2e.keyring_session import unlocked_keyring

PROGRAM = (sys.executable, "-m", "terminal")


def hengduo(*words: str, given: str = "") -> str:
    """Run one `hengduo` and return what it printed."""
    # The token is no environment of the program: what it is given stands on its standard input.
    environment = {name: value for name, value in os.environ.items() if name != "HENGDUO_TEST_TOKEN"}
    ended = subprocess.run(
        [*PROGRAM, *words], input=given, stdout=subprocess.PIPE, text=True, env=environment, check=False
    )
    return ended.stdout.strip()


def main() -> None:
    """Use the keyring as a trader does: once to log in, then without a word."""
    url, folder = sys.argv[1:]
    desk = ("run", "--runner", url, "--data", folder, "--screenshot", f"{folder}/keyring.png")
    with unlocked_keyring():
        print(hengduo("login", url, given=os.environ["HENGDUO_TEST_TOKEN"]))  # noqa: T201  # to the test
        print(hengduo(*desk, "--after", "10"))  # noqa: T201  # as above
        print(hengduo("login", url, "--forget"))  # noqa: T201  # as above
        print(hengduo(*desk, "--after", "6"))  # noqa: T201  # as above


if __name__ == "__main__":
    main()
