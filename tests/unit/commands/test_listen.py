from __future__ import annotations

from pathlib import Path

import pytest

from terminal.commands.main import main
from terminal.domain.addresses import is_loopback, read_address


@pytest.mark.parametrize("text", ["127.0.0.1:0", "[::1]:0", "localhost:0"])
def test_what_only_this_machine_reaches_needs_no_certificate_also_as_an_ipv6_address(text: str) -> None:
    address, port = read_address("--listen", text)
    assert (is_loopback(address), port) == (True, 0)


@pytest.mark.parametrize("text", ["0.0.0.0:7802", "[::]:7802", "[2001:db8::1]:7802"])
def test_what_others_reach_does(text: str) -> None:
    assert not is_loopback(read_address("--listen", text)[0])


@pytest.mark.parametrize("where", ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"])
def test_an_exchange_that_anybody_could_reach_does_not_open_unless_its_network_is_said_to_be_trusted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], where: str
) -> None:
    data = tmp_path / "exchange"
    assert main(["exchange", "--data", str(data), "--listen", where]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "谁连上都能报单" in said
    assert "--trusted-network" in said
    assert not data.exists()
    # With the word given it is taken, and what is wrong next is said instead.
    assert main(["exchange", "--data", str(data), "--listen", where, "--trusted-network", "--market", "x"]) == 2
    assert "--trusted-network" not in capsys.readouterr().err
