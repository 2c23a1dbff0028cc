from __future__ import annotations

import pytest

from terminal.commands.exchange import parse_listen
from terminal.commands.runner import _is_loopback


@pytest.mark.parametrize("text", ["127.0.0.1:0", "[::1]:0", "localhost:0"])
def test_what_only_this_machine_reaches_needs_no_certificate_also_as_an_ipv6_address(text: str) -> None:
    address, port = parse_listen(text)
    assert (_is_loopback(address), port) == (True, 0)


@pytest.mark.parametrize("text", ["0.0.0.0:7802", "[::]:7802", "[2001:db8::1]:7802"])
def test_what_others_reach_does(text: str) -> None:
    assert not _is_loopback(parse_listen(text)[0])
