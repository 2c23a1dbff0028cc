"""What a runner says to whoever is no desk: browsers, and those who only ask whether a runner is there."""

from typing import Final

DESKS_ONLY: Final = "hengduo: desks only"
