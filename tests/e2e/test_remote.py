"""A desk and a runner on two machines: encrypted, let in by a token of the keyring or of the session alone."""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import os
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytestqt.qtbot import QtBot

from tests.conftest import ROOT
from tests.e2e.processes import OFFSCREEN
from tests.e2e.seated import Seated, seated
from tests.e2e.small_house import DeskEnd, SmallHouse, desk, hengduo

pytestmark = pytest.mark.xdist_group("remote")  # one runner for all of them

TOKEN = "the-token-of-the-trader-0123456789"
WRONG = "some-other-token-0123456789"
EQUITY = "账户 A 客户权益"
KEYRING_TOOLS = ("gnome-keyring-daemon", "dbus-run-session")
ABSENT = [name for name in KEYRING_TOOLS if shutil.which(name) is None]
NO_KEYRING = {**OFFSCREEN, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


class Remote:
    """Hold a runner that listens encrypted, and what a desk must know of it."""

    def __init__(self, house: SmallHouse, folder: Path) -> None:
        self.house = house
        self.authority, self.cert, self.key = certificates(folder)
        self.tokens = folder / "tokens.toml"
        digest = hashlib.sha256(TOKEN.encode()).hexdigest()
        self.tokens.write_text(f'trader = "{digest}"\n', encoding="utf-8")
        self.desks = folder / "desks"

    @property
    def url(self) -> str:
        return f"wss://127.0.0.1:{self.house.port}"

    def env(self, base: Mapping[str, str] = NO_KEYRING) -> dict[str, str]:
        return {**base, "SSL_CERT_FILE": str(self.authority)}

    def sit(self, qtbot: QtBot, person: str = "trader", token: str = "") -> AbstractContextManager[Seated]:
        return seated(qtbot, self.desks, runner=self.url, person=person, token=token)


def certificates(folder: Path) -> tuple[Path, Path, Path]:
    """Write a certificate authority, and a certificate for the loopback address with its key; return the files."""
    now = dt.datetime.now(dt.UTC)

    def signed(
        name: str, key: ec.EllipticCurvePrivateKey, issuer: x509.Name, by: ec.EllipticCurvePrivateKey, *, is_ca: bool
    ) -> x509.Certificate:
        made = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
        )
        if is_ca:
            usage = dict.fromkeys(
                (
                    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
                    "key_agreement", "encipher_only", "decipher_only",
                ),
                False,
            )  # fmt: skip
            made = made.add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
        else:
            names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return made.sign(by, hashes.SHA256())

    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "of this test only")])
    root = signed("of this test only", root_key, issuer, root_key, is_ca=True)
    leaf = signed("localhost", key, issuer, root_key, is_ca=False)
    places = (folder / "authority.pem", folder / "runner.pem", folder / "runner.key")
    pem = serialization.Encoding.PEM
    places[0].write_bytes(root.public_bytes(pem))
    places[1].write_bytes(leaf.public_bytes(pem))
    places[2].write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return places


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remote]:
    folder = tmp_path_factory.mktemp("remote")
    made = Remote(SmallHouse(folder), folder)
    words = ("--cert", str(made.cert), "--key", str(made.key), "--tokens", str(made.tokens))
    with made.house.running(*words):
        yield made
    log = made.house.log.read_text(encoding="utf-8")
    for secret in (TOKEN, WRONG):
        assert secret not in log
        assert [path for path in folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()] == []


def test_a_runner_on_another_address_without_a_certificate_is_refused(tmp_path: Path) -> None:
    for more in ((), ("--cert", "x.pem"), ("--cert", "absent.pem", "--key", "absent.key")):
        refused = hengduo("runner", "--data", str(tmp_path / "data"), "--listen", "0.0.0.0:0", *more)
        assert refused.returncode == 2, refused
        assert "--cert" in refused.stderr or "证书" in refused.stderr
        assert "Traceback" not in refused.stderr
    assert not (tmp_path / "data" / "journal.db").exists()


@pytest.fixture
def trusting(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> Remote:
    """Let the desks of this process trust the test's authority and find no keyring."""
    for name, value in remote.env().items():
        monkeypatch.setenv(name, value)
    return remote


def test_a_token_from_standard_input_lets_in_and_is_said_to_live_for_this_session(remote: Remote) -> None:
    ended = desk(
        "--runner", remote.url, "--token-stdin",
        data=remote.desks, after=10, folder=remote.house.folder, env=remote.env(), given=f"{TOKEN}\n",
    )  # fmt: skip
    assert ended.code == 0, ended
    assert EQUITY in ended.summary
    assert "没有系统密钥环" in ended.summary
    assert "只在本次运行中有效" in ended.summary
    assert "行情已停止" not in ended.summary
    assert TOKEN not in repr(ended)


def test_without_a_token_the_desk_says_how_to_get_in_where_no_keyring_is(trusting: Remote, qtbot: QtBot) -> None:
    with trusting.sit(qtbot, "operator") as seat:
        seat.until("没有系统密钥环", f"hengduo --runner {trusting.url} --profile operator --token-stdin")
        assert seat.code() == 1


@pytest.mark.parametrize(("person", "token"), [("operator", WRONG), ("supervisor", TOKEN)])
def test_a_wrong_token_and_a_token_of_somebody_else_are_refused_in_the_same_words(
    trusting: Remote, qtbot: QtBot, person: str, token: str
) -> None:
    with trusting.sit(qtbot, person, token) as seat:
        summary = seat.until("口令或令牌不对，运行器没有放行")
        assert EQUITY not in summary
        assert token not in summary


def test_a_desk_that_is_refused_fails_with_the_sentence(remote: Remote) -> None:
    ended = desk(
        "--runner", remote.url, "--token-stdin",
        data=remote.desks, after=4, folder=remote.house.folder, env=remote.env(), given=f"{WRONG}\n",
    )  # fmt: skip
    assert ended.code == 1, ended
    assert "口令或令牌不对，运行器没有放行" in ended.summary
    assert "hengduo: 口令或令牌不对，运行器没有放行" in ended.errors
    assert "密钥环" not in ended.summary  # what was refused nobody tried to keep
    assert WRONG not in repr(ended)


def ended_at(remote: Remote, url: str, *, after: float) -> DeskEnd:
    """Run a desk that trusts only what this machine trusts, with the right token, from start to end."""
    words = ("--runner", url, "--token-stdin")
    return desk(*words, data=remote.desks, after=after, folder=remote.house.folder, env=NO_KEYRING, given=f"{TOKEN}\n")


def test_a_desk_that_trusts_no_certificate_of_the_runner_fails_with_the_sentence(remote: Remote) -> None:
    ended = ended_at(remote, remote.url, after=4)
    assert ended.code == 1, ended
    where = f"127.0.0.1:{remote.house.port}"
    (sentence,) = [line for line in ended.errors.splitlines() if line.startswith("hengduo: ")]
    assert sentence.startswith(f"hengduo: 没有连上 {where}：不信任运行器的证书（"), ended
    assert sentence.endswith("请核对地址，或让本机信任它的颁发者。")


def test_a_desk_whose_runner_is_not_there_fails_with_the_sentence(remote: Remote) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        where = f"127.0.0.1:{free.getsockname()[1]}"
    ended = ended_at(remote, f"wss://{where}", after=4)
    assert ended.code == 1, ended
    sentence = f"hengduo: 没有连上 {where}：运行器没有在那里运行；请核对地址与网络，并确认运行器已在那里启动。"
    assert sentence in ended.errors.splitlines(), ended


def test_a_picture_of_a_desk_that_still_waits_for_its_first_answer_is_no_success(remote: Remote) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it is connected to, and says nothing
        ended = ended_at(remote, f"wss://127.0.0.1:{silent.getsockname()[1]}", after=1)
    assert ended.code == 1, ended
    assert "到拍下画面时还没有连上运行器" in ended.errors
    assert "请加大 --after 再试" in ended.errors
    assert "hengduo: " not in ended.errors  # nothing has failed yet


def test_a_certificate_nobody_vouches_for_is_not_trusted(
    trusting: Remote, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with trusting.sit(qtbot, "operator", TOKEN) as seat:
        assert EQUITY not in seat.until("不信任运行器的证书")


def test_the_wire_is_at_least_tls_1_3(remote: Remote) -> None:
    old = ssl.create_default_context(cafile=str(remote.authority))
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    new = ssl.create_default_context(cafile=str(remote.authority))
    for context, version in ((old, None), (new, "TLSv1.3")):
        with socket.create_connection(("127.0.0.1", remote.house.port)) as plain:
            if version is None:
                with pytest.raises(ssl.SSLError):
                    context.wrap_socket(plain, server_hostname="localhost")
            else:
                with context.wrap_socket(plain, server_hostname="localhost") as tls:
                    assert tls.version() == version


def test_plain_text_to_another_machine_is_refused_before_a_byte_is_sent(qtbot: QtBot, tmp_path: Path) -> None:
    with seated(qtbot, tmp_path, runner="ws://runner.example:7802", token=TOKEN) as seat:
        seat.until("ws://runner.example:7802 没有加密", "wss://")
        assert seat.code() == 1
    login = hengduo("login", "ws://runner.example:7802", given=f"{TOKEN}\n", env=NO_KEYRING)
    assert (login.returncode, "wss://" in login.stderr) == (2, True)


def test_login_without_a_keyring_keeps_nothing_and_says_so(remote: Remote) -> None:
    login = hengduo("login", remote.url, given=f"{TOKEN}\n", env=remote.env())
    assert login.returncode == 2
    assert "没有系统密钥环" in login.stderr
    assert "令牌没有保存" in login.stderr
    assert f"--runner {remote.url} --profile trader --token-stdin" in login.stderr
    assert "本次运行中有效" not in login.stderr
    nothing = hengduo("login", remote.url, given="\n", env=NO_KEYRING)
    assert (nothing.returncode, "没有输入令牌" in nothing.stderr) == (2, True)


def test_a_token_that_no_keyring_could_forget_is_not_said_to_be_forgotten() -> None:
    login = hengduo("login", "wss://runner.example:7802", "--forget", env=NO_KEYRING)
    assert (login.returncode, login.stdout) == (2, ""), login
    (line,) = login.stderr.splitlines()
    assert line == "hengduo: 这台机器没有系统密钥环；密钥环里若有旧的登录令牌，这次没有删掉，请解决后再试。"


def test_login_keeps_no_token_that_the_runner_refuses(remote: Remote, tmp_path: Path) -> None:
    file = tmp_path / "kept"
    keyring = {
        **remote.env(),
        "PYTHON_KEYRING_BACKEND": "tests.e2e.keyring_backends.Keeping",
        "HENGDUO_TEST_SEEN": str(file),
    }
    refused = hengduo("login", remote.url, given=f"{WRONG}\n", env=keyring)
    assert (refused.returncode, file.exists()) == (2, False), refused
    assert "口令或令牌不对，运行器没有放行" in refused.stderr
    assert "令牌没有保存" in refused.stderr
    untrusting = {name: value for name, value in keyring.items() if name != "SSL_CERT_FILE"}
    unasked = hengduo("login", remote.url, given=f"{TOKEN}\n", env=untrusting)
    assert (unasked.returncode, file.exists()) == (2, False), unasked
    assert "不信任运行器的证书" in unasked.stderr
    taken = hengduo("login", remote.url, given=f"{TOKEN}\n", env=keyring)
    assert (taken.returncode, file.read_text(encoding="utf-8")) == (0, TOKEN), taken
    assert "运行器认可这个令牌" in taken.stdout
    assert "trader 在 login" not in remote.house.log.read_text(encoding="utf-8")  # asked, not let in


def test_an_open_desk_goes_in_with_the_token_that_login_has_renewed(
    trusting: Remote, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "kept"
    file.write_text(WRONG, encoding="utf-8")
    keyring = {"PYTHON_KEYRING_BACKEND": "tests.e2e.keyring_backends.OnFile", "HENGDUO_TEST_SEEN": str(file)}
    for name, value in {**keyring, "PYTHONPATH": str(ROOT)}.items():
        monkeypatch.setenv(name, value)
    with seated(qtbot, tmp_path, runner=trusting.url, token=WRONG) as seat:  # the same as is kept
        assert EQUITY not in seat.until("口令或令牌不对，运行器没有放行")
        login = hengduo("login", trusting.url, given=f"{TOKEN}\n", env={**trusting.env(), **keyring})
        assert login.returncode == 0, login
        assert "口令或令牌不对" not in seat.until(EQUITY)
        assert seat.code() == 0


def test_login_says_so_when_nobody_was_there_to_be_asked(tmp_path: Path) -> None:
    file = tmp_path / "kept"
    keyring = {
        **OFFSCREEN,
        "PYTHON_KEYRING_BACKEND": "tests.e2e.keyring_backends.Keeping",
        "HENGDUO_TEST_SEEN": str(file),
    }
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    kept = hengduo("login", f"wss://127.0.0.1:{port}", given=f"{TOKEN}\n", env=keyring)
    assert (kept.returncode, file.read_text(encoding="utf-8")) == (0, TOKEN), kept
    assert "运行器没有在那里运行，令牌未经运行器核对" in kept.stdout


@pytest.mark.skipif(bool(ABSENT), reason=f"{ABSENT} absent: apt-get install -y gnome-keyring dbus")
def test_login_keeps_the_token_in_a_real_keyring_and_the_next_desk_goes_in_by_it(
    remote: Remote, tmp_path: Path
) -> None:
    places = {name: str(tmp_path / name) for name in ("HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR")}
    for place in places.values():
        Path(place).mkdir(mode=0o700)
    outside = {"DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "PYTHON_KEYRING_BACKEND"}
    environment = {name: value for name, value in os.environ.items() if name not in outside}
    ended = subprocess.run(
        ["dbus-run-session", "--", sys.executable, "-m", "tests.e2e.keyring_login", remote.url, str(remote.desks)],
        cwd=ROOT,
        env={
            **remote.env(environment), **places,
            "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "QT_QPA_PLATFORM": "offscreen", "HENGDUO_TEST_TOKEN": TOKEN,
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )  # fmt: skip
    kept, first, forgot, last = ended.stdout.splitlines()
    assert "已存入系统密钥环" in kept, ended
    assert "运行器认可这个令牌" in kept
    assert EQUITY in first
    assert "登录令牌" not in first
    assert "已从系统密钥环删除" in forgot
    assert f"hengduo login {remote.url}" in last
    assert TOKEN not in ended.stdout + ended.stderr
