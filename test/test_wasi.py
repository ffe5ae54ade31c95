# SPDX-License-Identifier: MIT
"""The adapter: all modules of the WASI conformance suite on Linux, and a program that hands it bad
addresses. Modules named in wasi-expected-failures.txt must fail: one that passes has to leave the
list."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess

import pytest

from conftest import BUILD, ROOT, run

SUITE = pathlib.Path(os.environ.get("TESTDATA", ROOT / "../shared")) / "wasi-testsuite"
MODULES = sorted(SUITE.glob("*/*.wasm"))
EXPECTED_FAILURES = [line.split("#")[0].strip() for line in
                     (ROOT / "test/wasi-expected-failures.txt").read_text().splitlines()]


def name_of(module):
    return f"{module.parent.name}/{module.stem}"


def environment(expected):
    return [word for pair in expected.get("env", {}).items() for word in ("--env", "=".join(pair))]


def command(module, expected, tmp):
    """What follows `copper run`; the module's directory is a fresh copy."""
    words = environment(expected)
    if expected.get("root"):
        root = tmp / "root"
        shutil.copytree(module.parent / expected["root"], root)
        for path in [root, *root.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        words += ["--dir", f"{root}::/"]
    return [*words, module, *expected.get("args", [])]


def machine_command(module, expected):
    """What follows `copper boot`: the module's directory is the machine's /tmp, and its root."""
    words = environment(expected)
    if expected.get("root"):
        root = module.parent / expected["root"]
        files = [path for path in root.rglob("*") if path.is_file()]
        words += ["--set", "root=tmp"]
        for path in files:
            words += ["--file", f"{path}::/tmp/{path.relative_to(root)}"]
    return [*words, module, *expected.get("args", [])]


def problem(done, expected):
    """What the suite says about the run; None when it passed."""
    if done.returncode != expected.get("exit_code", 0):
        return f"status {done.returncode}\n{done.stderr.decode(errors='replace')}"
    for stream in ("stdout", "stderr"):
        told = getattr(done, stream).decode(errors="replace")
        if stream in expected and told != expected[stream]:
            return f"{stream}: {told!r}"
    return None


def expectation(module):
    description = module.with_suffix(".json")
    return json.loads(description.read_text()) if description.exists() else {}


def judge(name, found):
    if name in EXPECTED_FAILURES:
        assert found is not None, f"{name} passes: take it off test/wasi-expected-failures.txt"
    else:
        assert found is None, found


every_module = pytest.mark.parametrize(
    "module", [pytest.param(module, id=name_of(module)) for module in MODULES] or [None])
needs_modules = pytest.mark.skipif(
    not MODULES, reason=f"no test data: {SUITE} (TESTDATA names its folder)")


@needs_modules
@pytest.mark.parametrize("mode", ["guard", "checked"])
@every_module
def test_conformance(copper, module, mode, tmp_path):
    expected = expectation(module)
    done = copper("run", "--memory-mode", mode, *command(module, expected, tmp_path))
    judge(name_of(module), problem(done, expected))


@needs_modules
@every_module
def test_conformance_booted(copper, module):
    expected = expectation(module)
    done = copper("boot", *machine_command(module, expected))
    judge(f"booted/{name_of(module)}", problem(done, expected))


def test_expected_failures_exist():
    """The list names no module that is not there."""
    names = {f"{place}{name_of(module)}" for module in MODULES for place in ("", "booted/")}
    assert not MODULES or not set(filter(None, EXPECTED_FAILURES)) - names


# Each call gets addresses beyond its memory (one page) and must say EFAULT (21), or a reason found
# before; the program counts what it is told, and its memory is as it was.
HOSTILE = """
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get"
    (func $clock (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_readdir"
    (func $readdir (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1 1)
  (global $wrong (mut i32) (i32.const 0))
  (func $fault (param i32)
    (if (i32.ne (local.get 0) (i32.const 21))
      (then (global.set $wrong (i32.add (global.get $wrong) (i32.const 1))))))
  (func (export "_start")
    ;; an iovec at 0 whose bytes lie half outside, one at 8 that wraps
    (i32.store (i32.const 0) (i32.const 65530))
    (i32.store (i32.const 4) (i32.const 100))
    (i32.store (i32.const 8) (i32.const -10))
    (i32.store (i32.const 12) (i32.const -1))
    (call $fault (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 64)))
    (call $fault (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 64)))
    (call $fault (call $write (i32.const 1) (i32.const 65532) (i32.const 1) (i32.const 64)))
    (call $fault (call $write (i32.const 1) (i32.const 0) (i32.const -1) (i32.const 64)))
    (call $fault (call $write (i32.const 1) (i32.const -8) (i32.const 2) (i32.const 64)))
    (call $fault (call $read (i32.const 0) (i32.const 65536) (i32.const 1) (i32.const 64)))
    (call $fault (call $random (i32.const 65530) (i32.const 100)))
    (call $fault (call $random (i32.const 8) (i32.const -1)))
    (call $fault (call $random (i32.const -1) (i32.const 2)))
    (call $fault (call $args (i32.const 65534) (i32.const 0)))
    (call $fault (call $args (i32.const 0) (i32.const -4)))
    (call $fault (call $clock (i32.const 1) (i64.const 0) (i32.const 65529)))
    (call $fault (call $poll (i32.const 65500) (i32.const 64) (i32.const 1) (i32.const 32)))
    (call $fault (call $poll (i32.const 0) (i32.const 64) (i32.const -1) (i32.const 32)))
    (call $fault (call $readdir (i32.const 3) (i32.const 65530) (i32.const 64) (i64.const 0)
      (i32.const 32)))
    (call $fault (call $open (i32.const 3) (i32.const 0) (i32.const 65530) (i32.const 64)
      (i32.const 0) (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 32)))
    (i32.store8 (i32.const 128) (i32.const 46))
    (call $fault (call $open (i32.const 3) (i32.const 0) (i32.const 128) (i32.const 1)
      (i32.const 2) (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 65533)))
    (call $fault (call $unlink (i32.const 3) (i32.const -2) (i32.const 4)))
    ;; nothing but the last page's end may have been filled by random_get's partial work: none was
    (if (i32.load (i32.const 65530))
      (then (global.set $wrong (i32.add (global.get $wrong) (i32.const 100)))))
    (call $exit (global.get $wrong))))
"""


def test_bad_addresses(copper, wat, tmp_path):
    done = copper("run", "--dir", f"{tmp_path}::/", wat(HOSTILE))
    assert done.returncode == 0, done
    assert done.stdout == b""


# ---- programs of our own: what the suite does not ask ----

PROBES = BUILD / "test/wasi"


def test_probe(copper, tmp_path):
    done = copper("run", "--dir", f"{tmp_path}::/", PROBES / "probe.wasm")
    assert (done.returncode, done.stdout) == (0, b""), done


def test_probe_booted(copper):
    done = copper("boot", "--set", "root=tmp", PROBES / "probe.wasm")
    assert (done.returncode, done.stdout) == (0, b""), done


DIFFERENCES = ROOT / "test/wasi/node-differences.txt"
LEFT_OUT = (": never returns", ": varies")


def differences():
    """The lines that tell one, each followed by why."""
    told, reasons = [], 0
    for line in DIFFERENCES.read_text().splitlines():
        if line.startswith(" "):
            reasons = len(told)
        elif line and not line.startswith("#"):
            assert reasons == len(told), f"no reason is given for: {told[-1]}"
            told.append(line)
    assert reasons == len(told)
    return told


def test_probe_beside_node(tmp_path):
    """Node differs as the list says, from the first line to the last."""
    known = differences()
    left_out = [line.rpartition(": ")[0] for line in known if line.endswith(LEFT_OUT)]
    done = run([BUILD / "tools/node", "--no-warnings", ROOT / "test/run_wasi.mjs", "--dir",
                f"{tmp_path}::/", PROBES / "probe.wasm", *left_out])
    told = [re.sub(r"^probe.c:\d+: ", "", line) for line in done.stdout.decode().splitlines()]
    assert told == [line for line in known if not line.endswith(LEFT_OUT)], done.stderr.decode()


@pytest.mark.parametrize("seed", [1, 2])
def test_hostile_program(copper, tmp_path, seed):
    """What it was not given is as it was."""
    given = tmp_path / "given"
    given.mkdir()
    (tmp_path / "secret").write_text("as it was")
    done = copper("run", "--dir", f"{given}::/", PROBES / "hostile.wasm", "100000", str(seed))
    assert done.returncode == 0 and done.stdout.startswith(b"100000 calls of 45 functions"), done
    assert (tmp_path / "secret").read_text() == "as it was"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["given", "secret"]


def test_hostile_program_booted(copper):
    done = copper("boot", "--set", "root=tmp", PROBES / "hostile.wasm", "50000", "3")
    assert done.returncode == 0 and done.stdout.startswith(b"50000 calls of 45 functions"), done


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def test_sockets():
    """A listening socket is handed in. The program waits for its input, then for a caller; then they
    talk."""
    port = free_port()
    server = subprocess.Popen([BUILD / "host/copper", "run", "--socket", f"127.0.0.1:{port}",
                               PROBES / "echo.wasm"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        server.stdin.write(b"go\n")
        server.stdin.flush()
        assert server.stdout.readline() == b"ready\n"
        with socket.create_connection(("127.0.0.1", port), timeout=60) as caller:
            for word in (b"hello", b"world"):
                caller.sendall(word)
                assert caller.recv(100) == word.upper()
            caller.shutdown(socket.SHUT_WR)
            assert caller.recv(100) == b"bye"
            assert caller.recv(100) == b""
        assert server.wait(60) == 0
    finally:
        server.kill()
        server.wait()


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost:80", "127.0.0.1:", "[::1:80",
                                     "192.0.2.1:80"])
def test_socket_addresses(copper, address):
    done = copper("run", "--socket", address, PROBES / "echo.wasm")
    assert done.returncode == 1 and f"--socket {address}: ".encode() in done.stderr


@pytest.mark.parametrize("code", [0, 1, 125, 126, 255])
def test_exit_codes(copper, wat, code):
    module = wat(f"""(module
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 1)
      (func (export "_start") (call $exit (i32.const {code}))))""")
    assert copper("run", module).returncode == code
