# SPDX-License-Identifier: MIT
"""`copper start`: init, a driver and programs of a wiring file, as one process of Linux."""
import os
import pty
import subprocess
import termios

import pytest

from conftest import BUILD
from test_init import world_files

COPPER = BUILD / "host/copper"
WASM = BUILD / "wasm"
SERIAL = """process serial
    module drv/serial.wasm
    kind handler
    serves stream
    priority 2
    use device = device.16550
"""
CLIENT = """process client
    module bin/stream.wasm
    kind command
    priority 8
    restart never else stop
    use line = serial
"""
TICK = """process tick
    module bin/tick.wasm
    kind command
    priority 8
    restart 2 in 1 min else stop
"""
FILES = {"sys/init.wasm": WASM / "srv/init.wasm", "drv/serial.wasm": WASM / "drv/serial.wasm",
         "bin/stream.wasm": BUILD / "test/stream.wasm",
         "bin/tick.wasm": WASM / "app/template-command.wasm"}


@pytest.fixture
def command(tmp_path):
    """The command line that starts a wiring of this text."""
    def make(wiring, *options):
        (tmp_path / "wiring").write_text(wiring)
        adds = [word for path, file in FILES.items() for word in ("--add", f"{file}={path}")]
        return [COPPER, "start", "--wiring", tmp_path / "wiring", *adds, *options]
    return make


def test_bytes_pass_both_ways(command):
    """All that is typed arrives, all that is said is shown, and the client's exit code is ours."""
    run = subprocess.run(command(SERIAL + CLIENT), input=b"one q", capture_output=True, timeout=60)
    assert run.returncode == 0
    assert len(run.stdout) > 20_000 and run.stdout.endswith(b"ready\n[one q]\n")
    assert run.stderr == b""


def test_the_end_of_input_is_typed(command):
    """The client does not take it for an end: it is told again, but not for ever."""
    run = subprocess.run(command(SERIAL + CLIENT), input=b"one", capture_output=True, timeout=60)
    assert run.returncode == 0
    assert b"[one]\n[\x04]\n[\x04]\n" in run.stdout


def test_a_terminal_is_a_plain_line(command):
    """No key means anything to Linux, nothing is echoed; and the modes are restored."""
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    process = subprocess.Popen(command(SERIAL + CLIENT), stdin=slave, stdout=slave)
    said = b""
    while not said.endswith(b"ready\n"):
        said += os.read(master, 4096)
    os.write(master, b"\x03")
    while not said.endswith(b"[\x03]\n"):
        said += os.read(master, 4096)
    assert not termios.tcgetattr(slave)[3] & termios.ECHO
    os.write(master, b"q")
    assert process.wait(60) == 0
    assert termios.tcgetattr(slave) == before


def test_policies_are_carried_out(command):
    run = subprocess.run(command(TICK, "--log", "info"), stdin=subprocess.DEVNULL,
                         capture_output=True, timeout=60, text=True)
    assert run.returncode == 1
    assert run.stderr.count("tick exits with 1") == 3
    assert run.stderr.count("tick is restarted") == 2
    assert "tick is given up, and everything with it" in run.stderr


def test_what_is_wrong_is_told(command):
    run = subprocess.run(command(CLIENT), capture_output=True, timeout=60, text=True)
    assert run.returncode == 1
    assert "wiring:6:16: there is no process \"serial\"" in run.stderr
    run = subprocess.run([COPPER, "start"], capture_output=True, timeout=60, text=True)
    assert run.returncode == 1
    assert "there is no file sys/init.wasm" in run.stderr


def test_servers_answer(tmp_path):
    """What test/guest/world.c finds on each machine it finds here."""
    adds = []
    for number, (path, content) in enumerate(world_files()):
        file = tmp_path / str(number) if isinstance(content, bytes) else content
        if isinstance(content, bytes):
            file.write_bytes(content)
        adds += ["--add", f"{file}={path}"]
    run = subprocess.run([COPPER, "start", *adds, "--log", "info"], stdin=subprocess.DEVNULL,
                         capture_output=True, timeout=60, text=True)
    assert run.returncode == 0, run.stderr
    assert "info program: machine: process" in run.stderr


def test_a_runaway_program_is_interrupted():
    """Under Linux the driver's interrupt is a signal, which comes while compiled code runs."""
    process = subprocess.Popen([COPPER, "start", BUILD / "copper.img"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, bufsize=0)

    def expect(end):
        said = b""
        while not said.endswith(end):
            piece = process.stdout.read(4096)
            assert piece, said
            said += piece

    expect(b"copper> ")
    process.stdin.write(b"sqlite3 :memory: 'select 1; with recursive c(x) as (select 1 union all select x+1 from c) "
                        b"select count(*) from c'\r")
    expect(b"\n1\r\n")
    process.stdin.write(b"\x03")
    expect(b"copper> ")
    process.stdin.write(b"poweroff\r")
    assert process.wait(60) == 0
