# SPDX-License-Identifier: MIT
"""The log: log= in CONFIG chooses lines by level and subsystem, and nobody has to read them."""

import fcntl
import io
import os
import re
import tarfile
import time

import pytest

from conftest import BUILD, ROOT, TIMEOUT_S

KERNEL = BUILD / "x86_64"
ADAPTER = ("sys/wasi_snapshot_preview1.wasm",
           BUILD / "user" / "wasi_snapshot_preview1.wasm")
HELLO = ("bin/hello.wasm", BUILD / "wasm32" / "hello.wasm")


@pytest.fixture
def boot(copper, machine, tmp_path):
    """boot(CONFIG, ...): a machine that runs hello.wasm and then is off."""

    def start(config, *arguments, files=(ADAPTER, HELLO), **options):
        initrd, text, disk = tmp_path / "initrd", tmp_path / "config", tmp_path / "disk"
        with tarfile.open(initrd, "w", format=tarfile.USTAR_FORMAT) as archive:
            for name, content in [("sys/core", KERNEL / "kernel.elf"), *files]:
                content = content if isinstance(content, bytes) else content.read_bytes()
                header = tarfile.TarInfo(name)
                header.size = len(content)
                archive.addfile(header, io.BytesIO(content))
        text.write_text(f"start=bin/hello.wasm\nafter=poweroff\n{config}")
        made = copper("image", "--out", disk, "--config", text, "--initrd", initrd)
        assert made.returncode == 0, made.stderr.decode()
        return machine("-kernel", KERNEL / "loader.bin", "-drive",
                       f"file={disk},format=raw", *arguments, **options)

    return start


@pytest.fixture
def pipe(tmp_path):
    """What a serial port says goes into a pipe of 4 KiB, which nobody reads unless a test does."""

    class Pipe:
        arguments = ("-serial", f"pipe:{tmp_path / 'pipe'}")

        def __init__(self):
            os.mkfifo(tmp_path / "pipe.in")
            os.mkfifo(tmp_path / "pipe.out")
            self.reader = os.open(tmp_path / "pipe.out", os.O_RDWR | os.O_NONBLOCK)
            fcntl.fcntl(self.reader, fcntl.F_SETPIPE_SZ, 4096)
            self.told = b""

        def read(self, pattern, size=4096, pause=0.0):
            end = time.monotonic() + TIMEOUT_S
            while not re.search(pattern, self.told, re.M):
                try:
                    self.told += os.read(self.reader, size)
                except BlockingIOError:
                    time.sleep(0.01)
                time.sleep(pause)
                assert time.monotonic() < end, self.told.decode(errors="replace")
            return self.told.decode().replace("\r", "")

    made = Pipe()
    yield made
    os.close(made.reader)


def sqlite(statement):
    words = ["sqlite3", ":memory:", statement]
    text = "".join(f"{word}\0" for word in [str(len(words)), *words])
    return [ADAPTER, ("bin/hello.wasm", BUILD / "wasm32" / "sqlite3.wasm"),
            ("sys/arguments", text.encode())]


def lines(told):
    """(level, subsystem) of each line of the kernel's log."""
    return re.findall(r"^\[ *\d+\.\d{6}(?: \d+)?\] (\w+) (\w+): ", told.replace("\r", ""), re.M)


def finished(kernel):
    assert kernel.wait() == 0
    told = kernel.serial()
    assert re.search(r"^copper: exit 0", told, re.M), told
    return told


def test_one_subsystem(boot):
    """engine:trace shows each function that is compiled, and nothing finer than info of others."""
    told = finished(boot("log=info,engine:trace\n"))
    said = lines(told)
    assert {subsystem for level, subsystem in said if level in ("debug", "trace")} == {"engine"}
    assert ("info", "start") in said
    functions = re.findall(r"trace engine: function \d+ \(.*\): [1-9]\d* bytes of code", told)
    compiled, = re.findall(r"info start: compiled (\d+) functions", told)
    assert len(functions) == int(compiled) > 0
    assert any("(_start)" in line for line in functions)


def test_cores(boot):
    """With several cores each line says on which it was written."""
    told = finished(boot("", "-smp", "2"))
    assert re.search(r"^\[ *\d+\.\d{6} 0\] info start: compiled", told, re.M), told


def test_quiet(boot):
    """Without a level for all the others stay at info; error leaves nothing of a good boot."""
    assert lines(finished(boot("log=error\n"))) == []


def test_default_and_others(boot):
    said = lines(finished(boot("log=mem:debug\n")))
    assert ("debug", "mem") in said and ("info", "start") in said


@pytest.mark.parametrize("value, place, what", [
    ("loud", 1, "level or subsystem"),
    ("info,engin:trace", 6, "level or subsystem"),
    ("warning,start:info,engine:all", 27, "level"),
])
def test_wrong_value(boot, value, place, what):
    """What is wrong is told by its place; the rest is obeyed, and the program runs."""
    told = finished(boot(f"log={value}\n"))
    assert re.search(rf"error start: log={value}: character {place}: no such {what}\r?$", told,
                     re.M), told
    said = lines(told)
    assert ("info", "start") in said
    assert ("info", "mem") not in said or not value.startswith("warning")


def test_names_are_known():
    """Each subsystem that logs can be named in CONFIG."""
    header = (ROOT / "kernel/include/kernel/log.h").read_text()
    known = re.findall(r"X\(argument, (\w+)\)", header)
    assert known == sorted(known) and len(known) > 5
    used = set()
    for source in [*ROOT.glob("kernel/**/*.c"), *ROOT.glob("user/lib/native/*.c")]:
        if "test" not in source.parts:
            used |= set(re.findall(r"log_(?:write|line|is_on)\(\s*[^,]+,\s*\"(\w+)\"",
                                   source.read_text()))
    assert used and used <= set(known), used - set(known)


NUMBERS = ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
           "SELECT 'line ' || i || ' of many' FROM n;")


def test_nobody_reads_the_log(boot, pipe):
    """Far more is logged than finds room; the program ends all the same, and the machine is off."""
    kernel = boot("log=engine:trace\nlogto=serial0\nconsole=serial1\narguments=sys/arguments\n",
                  *pipe.arguments, files=sqlite("SELECT 'still ' || 'here';"))
    assert kernel.wait() == 0
    assert "still here" in kernel.serial()
    assert "copper: exit" not in pipe.read(rb"info start: Copper")


def test_late_reader_of_the_log(boot, pipe):
    """Who reads late gets whole lines from the first on, and is told how many are missing."""
    kernel = boot("log=engine:trace\nlogto=serial0\nconsole=serial1\narguments=sys/arguments\n"
                  "after=halt\n", *pipe.arguments, files=sqlite("SELECT 'still ' || 'here';"))
    kernel.expect("still here")
    time.sleep(0.5)
    told = pipe.read(rb"^\[ *\d+\.\d+\] warning serial: [1-9]\d* lines dropped\r?$")
    said = lines(told)
    assert said[0] == ("info", "start") and ("warning", "serial") in said
    assert len(said) == len([line for line in told.splitlines() if line.startswith("[")])


def test_slow_reader_of_a_program(boot, pipe):
    """Nothing of what a program says is lost, however slowly it is read."""
    kernel = boot("logto=serial1\nconsole=serial0\narguments=sys/arguments\n", *pipe.arguments,
                  files=sqlite(NUMBERS))
    told = pipe.read(rb"^line 3000 of many\r?$", size=997, pause=0.1)
    said = [line for line in told.splitlines() if line.startswith("line")]
    assert said == [f"line {i} of many" for i in range(1, 3001)]
    finished(kernel)


MARKS = {1: "out", 2: "err", 3: "log"}  # abi/serial.h
SPEAKER = '''(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\20\\00\\00\\00\\00\\40\\00\\00")
  (func (export "_start") (local $i i32)
    (memory.fill (i32.const 32) (i32.const 0x10) (i32.const 0x4000)) ;; nothing but the mark's byte
    (loop $again
      (drop (call $write (i32.add (i32.const 1) (i32.and (local.get $i) (i32.const 1)))
        (i32.const 0) (i32.const 1) (i32.const 8)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (i32.const 8))))))'''


def unframe(raw):
    """What each stream was told, by the marks of a line that log and program share."""
    told, stream, before, at = {name: bytearray() for name in MARKS.values()}, "log", "log", 0
    while at < len(raw):
        if raw[at] != 0x10:
            told[stream].append(raw[at])
        else:
            at += 1
            if raw[at] == 0x10:
                told[stream].append(0x10)
            elif raw[at] == 5:
                stream = before
            else:
                assert raw[at] in MARKS, f"mark {raw[at]} at byte {at}"
                before, stream = stream, MARKS[raw[at]]
        at += 1
    return told


def test_log_and_frames_share_a_line(boot, wat):
    """No line of the log comes between the two bytes of a pair, however much there is of both."""
    program = ("bin/hello.wasm", wat(SPEAKER))
    kernel = boot("console=serial0\nstdin=framed\nlog=trace", files=(ADAPTER, program))
    kernel.wait()
    told = unframe(kernel.files[0].read_bytes())
    assert told["out"] == told["err"] == b"\x10" * 0x10000
    assert b"copper: exit 0" in told["log"] and told["log"].count(b" trace engine: function") > 5
