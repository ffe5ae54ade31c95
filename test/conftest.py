# SPDX-License-Identifier: MIT
"""What the system tests share: the built command, V8 to compare with, and a machine (QEMU) whose
serial ports are files that can be waited on. Nothing is asserted about time; every wait has an end."""

import io
import os
import pathlib
import re
import subprocess
import tarfile
import tempfile
import time

import pytest

from machines import BUILD, MACHINES, ROOT
from run import SPEC_GROUPS

PROGRAMS = BUILD / "wasm32"
KERNEL = BUILD / "x86_64"
TIMEOUT_S = 240
SPECIFICATION = [pathlib.Path(os.environ.get("TESTDATA", ROOT / "../shared"), "spec", f"{part}.tar.zst")
                 for part in ("core", "proposals")]
OVMF = pathlib.Path("/usr/share/ovmf/OVMF.fd")

# Where the tools for disks are; an ordinary user's PATH lacks them.
os.environ["PATH"] += os.pathsep + "/usr/sbin" + os.pathsep + "/sbin"


def run(command, stdin=b"", timeout=TIMEOUT_S, cwd=None):
    """Runs to the end; what it printed is bytes. A timeout is a failure that shows the output."""
    try:
        return subprocess.run([str(word) for word in command], input=stdin, capture_output=True,
                              timeout=timeout, cwd=cwd)
    except subprocess.TimeoutExpired as late:
        pytest.fail(f"no end after {timeout} s: {late.cmd}\nstdout: {late.stdout!r}\n"
                    f"stderr: {late.stderr!r}")


@pytest.fixture
def copper():
    """copper("run", "x.wasm", ..., stdin=b""): the command, run to its end."""
    path = BUILD / "host" / "copper"
    assert path.exists(), f"{path} is not built: make"
    return lambda *words, **options: run([path, *words], **options)


@pytest.fixture(scope="session")
def specification():
    """The specification's scripts, of the groups that test/run.py runs."""
    missing = [path for path in SPECIFICATION if not path.exists()]
    if missing:
        pytest.skip(f"no test data: {missing[0]} (TESTDATA names its folder)")
    with tempfile.TemporaryDirectory(prefix="copper-spec-") as folder:
        for archive in SPECIFICATION:
            done = run(["tar", "--zstd", "-xf", archive, "-C", folder])
            assert done.returncode == 0, done.stderr
        yield sorted(path for group in SPEC_GROUPS
                     for path in pathlib.Path(folder).rglob(f"{group}/*/*.json"))


@pytest.fixture
def node():
    """node("x.wasm", ...): a program under V8, with the options of `copper run`."""
    path = BUILD / "tools" / "node"
    assert path.exists(), f"{path} is not there: make test fetches it"
    runner = ROOT / "test" / "run_wasi.mjs"
    return lambda *words, **options: run([path, "--no-warnings", runner, *words], **options)


@pytest.fixture(scope="session")
def wat():
    """wat(TEXT): the path of a module assembled from WebAssembly text."""
    with tempfile.TemporaryDirectory(prefix="copper-wat-") as folder:
        count = 0

        def assemble(text):
            nonlocal count
            count += 1
            source = pathlib.Path(folder, f"m{count}.wat")
            source.write_text(text)
            binary = source.with_suffix(".wasm")
            done = run(["wat2wasm", "--debug-names", "--enable-tail-call",
                        "--enable-extended-const", source, "-o", binary])
            assert done.returncode == 0, done.stderr.decode()
            return binary

        yield assemble


class Machine:
    """One QEMU. serial(0) is what it wrote to its first port so far, serial(1) to the second; lines end
    in a newline, whatever a terminal is told."""

    def __init__(self, folder, arguments, ports, program):
        self.files = [pathlib.Path(folder, f"serial{n}") for n in range(ports)]
        command = [program, "-display", "none", "-monitor", "none", "-no-reboot",
                   *[str(word) for word in arguments]]
        for file in self.files:
            file.touch()
            command += ["-serial", f"file:{file}"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def serial(self, port=0):
        return self.files[port].read_bytes().decode("utf-8", errors="replace").replace("\r\n", "\n")

    def expect(self, pattern, port=0, timeout=TIMEOUT_S):
        """Waits until the port's output matches; returns the match."""
        end = time.monotonic() + timeout
        while True:
            ended = self.process.poll() is not None
            match = re.search(pattern, self.serial(port), re.MULTILINE)
            if match:
                return match
            if ended or time.monotonic() > end:
                why = f"QEMU ended ({self.process.returncode})" if ended else f"{timeout} s passed"
                pytest.fail(f"{why} without {pattern!r}; serial {port}:\n{self.serial(port)}")
            time.sleep(0.05)

    def wait(self, timeout=TIMEOUT_S):
        """Waits until the machine is off; returns QEMU's exit status."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            pytest.fail(f"still on after {timeout} s; serial 0:\n{self.serial(0)}")

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def machine(tmp_path):
    """machine("-drive", ..., ports=1): a QEMU that is taken down when the test ends."""
    started = []

    def start(*arguments, ports=1, program="qemu-system-x86_64"):
        folder = tmp_path / f"machine{len(started)}"
        folder.mkdir()
        started.append(Machine(folder, arguments, ports, program))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def kind():
    """The machine that `boot` starts: a PC, unless the test is for @every_machine."""
    return MACHINES["pc"]


@pytest.fixture
def disk(copper, kind, tmp_path):
    """disk(CONFIG, files=[(NAME, BYTES or path)...]): an image of this kernel with nothing else in its
    initrd."""

    def make(config, files=(), kernel="kernel.elf"):
        initrd, text, made = tmp_path / "initrd", tmp_path / "config", tmp_path / "disk"
        with tarfile.open(initrd, "w", format=tarfile.USTAR_FORMAT) as archive:
            for name, content in [("sys/core", BUILD / kind.cpu / kernel), *files]:
                content = content if isinstance(content, bytes) else content.read_bytes()
                header = tarfile.TarInfo(name)
                header.size = len(content)
                archive.addfile(header, io.BytesIO(content))
        text.write_text(config)
        done = copper("image", "--out", made, "--config", text, "--initrd", f"{kind.cpu}={initrd}")
        assert done.returncode == 0, done.stderr.decode()
        return made

    return make


@pytest.fixture
def boot(disk, kind, machine):
    """boot(CONFIG, ARGUMENT...): a machine that starts this kernel, with these arguments for QEMU."""

    def start(config, *arguments, files=(), ports=1, kernel="kernel.elf", **sizes):
        return machine(*kind.arguments(disk(config, files, kernel), **sizes), *arguments, ports=ports,
                       program=kind.program)

    return start


# What the demonstration's script is for, and the shell is told to run by the wiring of `demo`.
DEMO = "sqlite3 /tmp/demo.db '.read /demo/demo.sql'"


@pytest.fixture
def demo(copper, tmp_path):
    """demo(NAME, OPTION...): the default image, whose shell runs SQLite's over demo/demo.sql and leaves."""

    def make(name, *options):
        source, path, wiring = BUILD / "copper.img", tmp_path / name, tmp_path / f"{name}.wiring"
        assert source.exists(), f"{source} is not built: make"
        text = (ROOT / "image/default.wiring").read_text()
        wiring.write_text(text.replace("process shell\n", f'process shell\n    arguments shell -c "{DEMO}"\n'))
        made = copper("image", "--out", path, "--base", source, "--wiring", wiring, *options)
        assert made.returncode == 0, made.stderr.decode()
        return path

    return make


@pytest.fixture
def image(demo):
    return demo("copper.img")


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: `make test` leaves it to `make test-all`")


def pytest_report_header(config):
    return f"copper: {os.path.relpath(BUILD)}"
