# SPDX-License-Identifier: MIT
"""New kernels, initrds and CONFIGs by the serial line of the log, while the machine runs: whole, cut
off anywhere, through a line that loses and changes bytes, and wrong ones, which must be refused."""

import gzip
import hashlib
import io
import random
import re
import socket
import subprocess
import tarfile
import threading
import time

import pytest

from conftest import BUILD, TIMEOUT_S

KERNEL = (BUILD / "x86_64" / "kernel.elf").read_bytes()
ADAPTER = (BUILD / "user" / "wasi_snapshot_preview1.wasm").read_bytes()
BUILD_ID = bytes.fromhex((BUILD / "x86_64" / "kernel.id").read_text())
SWITCHING = b"\xf9Cu\xfa\x84\x00"  # how that answer begins (base/frame.h, proto/control.h)
OTHER_ID = "0123456789abcdef"
OTHER = KERNEL.replace(BUILD_ID, bytes.fromhex(OTHER_ID))

# Prints "WORD 00000001" and so on, each 10 ms; reads nothing.
COUNTER = """(module
    (import "wasi_snapshot_preview1" "fd_write"
        (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "poll_oneoff"
        (func $poll (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\\10\\00\\00\\00\\0f\\00\\00\\00")
    (data (i32.const 16) "%s 00000000\\n")
    (data (i32.const 80) "\\01\\00\\00\\00\\00\\00\\00\\00\\80\\96\\98\\00")
    (func $count (local $at i32)
        (local.set $at (i32.const 29))
        (loop $carry
            (i32.store8 (local.get $at)
                (i32.add (i32.load8_u (local.get $at)) (i32.const 1)))
            (if (i32.gt_u (i32.load8_u (local.get $at)) (i32.const 57)) (then
                (i32.store8 (local.get $at) (i32.const 48))
                (local.set $at (i32.sub (local.get $at) (i32.const 1)))
                (br $carry)))))
    (func (export "_start")
        (loop $again
            (call $count)
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 200)))
            (drop (call $poll (i32.const 64) (i32.const 128) (i32.const 1) (i32.const 200)))
            (br $again))))"""

# Writes what it reads.
ECHO = """(module
    (import "wasi_snapshot_preview1" "fd_write"
        (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read"
        (func $read (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "_start")
        (loop $again
            (i32.store (i32.const 0) (i32.const 64))
            (i32.store (i32.const 4) (i32.const 1000))
            (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
            (i32.store (i32.const 4) (i32.load (i32.const 8)))
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12)))
            (br $again))))"""


def archive(*files):
    bytes_of = io.BytesIO()
    with tarfile.open(fileobj=bytes_of, mode="w", format=tarfile.USTAR_FORMAT) as out:
        for name, content in files:
            header = tarfile.TarInfo(name)
            header.size = len(content)
            out.addfile(header, io.BytesIO(content))
    return bytes_of.getvalue()


def digits(content):
    return hashlib.sha256(content).hexdigest()[:16]


@pytest.fixture
def program(wat):
    """The parts of an initrd around a program of this text."""
    return lambda text: [("sys/wasi_snapshot_preview1.wasm", ADAPTER),
                         ("bin/program.wasm", wat(text).read_bytes())]


@pytest.fixture
def counter(program):
    """The same, for one that counts after a word of five letters."""
    return lambda word="count": program(COUNTER % word)


@pytest.fixture
def running(copper, machine, tmp_path):
    """running(PARTS, CONFIG, ...): a machine whose first line is the socket `line`."""

    def start(parts, config="", *arguments):
        initrd, text, disk = tmp_path / "initrd", tmp_path / "config", tmp_path / "disk"
        initrd.write_bytes(archive(("sys/core", KERNEL), *parts))
        text.write_text(f"start=bin/program.wasm\n{config}")
        made = copper("image", "--out", disk, "--config", text, "--initrd", initrd)
        assert made.returncode == 0, made.stderr.decode()
        line, log = tmp_path / "line", tmp_path / "log"
        log.touch()
        one = machine("-kernel", BUILD / "x86_64" / "loader.bin", "-drive",
                      f"file={disk},format=raw", "-chardev",
                      f"socket,id=line,path={line},server=on,wait=off,logfile={log}",
                      "-serial", "chardev:line", *arguments, ports=0)
        one.files, one.line = [log], line
        return one

    return start


def counts(said, word="count"):
    """The numbers in the order in which they came: once each, upwards. (Where a client of its socket
    comes or goes, QEMU may double a byte: such a number is passed over.)"""
    found = [int(number) for number in re.findall(rf"{word} (\d{{8}})(?!\d)", said)]
    assert found == sorted(set(found)), found
    return found


def goes_on(one, word="count"):
    """Waits until the counter has moved."""
    last = max(counts(one.serial(), word), default=0)
    one.expect("|".join(f"{word} {last + more:08}" for more in range(3, 9)))


@pytest.fixture
def push(copper, tmp_path):
    """push(MACHINE or socket, kernel=BYTES, ...): the command's result."""

    def send(one, *options, **files):
        words = []
        for kind, content in files.items():
            path = tmp_path / f"new-{kind}"
            path.write_bytes(content)
            words += [f"--{kind}", path]
        return copper("push", "--serial", getattr(one, "line", one), *words, *options)

    return send


def switched(done):
    assert done.returncode == 0, done.stdout.decode(errors="replace") + done.stderr.decode()
    assert b"switches to it" in done.stderr


# ---- what is good ----

@pytest.mark.parametrize("cores", [1, 4])
def test_kernel(running, push, counter, cores):
    one = running(counter(), "", "-smp", cores)
    one.expect(r"count 00000005")
    assert f"build {BUILD_ID.hex()}" in one.serial()
    switched(push(one, kernel=OTHER))
    old, new = one.expect(rf"(?s)\A(.*)build {OTHER_ID}(.*count 00000005)").groups()
    assert len(counts(old)) > 5
    assert f"pushed kernel, SHA-256 {digits(OTHER)}..." in new
    assert counts(new)[-1] == 5
    assert re.search(rf"core: {cores} of {cores} cores run", new)
    assert "Guru" not in one.serial()


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_initrd(running, push, counter, pack):
    """With the kernel that runs: from the new initrd, or from the old one when the new has none."""
    one = running(counter())
    one.expect(r"count 00000003")
    for word, core in (("other", ()), ("third", (("sys/core", OTHER),))):
        sent = pack(archive(*core, *counter(word)))
        switched(push(one, initrd=sent))
        one.expect(rf"pushed initrd, SHA-256 {digits(sent)}")
        one.expect(rf"{word} 00000003")
    ids = re.findall(r"Copper, build (\w+)", one.serial())
    assert ids == [BUILD_ID.hex(), BUILD_ID.hex(), OTHER_ID]


def test_everything_at_once_and_memory_is_not_lost(running, push, counter):
    """An operand's kind is seen; the new system's memory is what the first had, push after push."""
    one = running(counter(), "screen=640x480\n")
    one.expect(r"count 00000003")
    initrd = gzip.compress(archive(*counter("other")))
    config = b"start=bin/program.wasm\nlog=debug\n"
    for word in ("other", "other", "other"):
        switched(push(one, kernel=gzip.compress(OTHER), initrd=initrd, config=config))
        one.expect(rf"(?s){word} 00000002(?!.*push: this)")
    said = one.serial()
    free = [int(kib) for kib in re.findall(r"mem: (\d+) KiB free", said)]
    assert len(free) == 4
    assert max(free[1:]) - min(free[1:]) <= 64, free
    assert said.count("debug mem: W^X holds") >= 3
    last = said[said.rindex("Copper, build"):]
    for kind in ("kernel", "initrd", "CONFIG"):
        assert f"pushed {kind}, SHA-256" in last


def test_line_apart_from_the_program_and_after_its_end(running, push, counter, copper, tmp_path):
    """The log on one line, the program on another; a machine that has halted still listens."""
    one = running(counter(), "console=serial1\nstart=none\n", "-serial", "null")
    one.expect(r"start: halted")
    new = tmp_path / "new.elf"
    new.write_bytes(OTHER)
    switched(copper("push", "--serial", one.line, new))
    one.expect(rf"(?s)build {OTHER_ID}.*start: halted")


def type_in(one, text, pattern):
    """A person at the line, who also reads: who does not, holds the machine up in the end."""
    line = socket.socket(socket.AF_UNIX)
    line.connect(str(one.line))
    reader = threading.Thread(target=lambda: all(iter(lambda: line.recv(4096), b"")))
    reader.start()
    line.sendall(text)
    one.expect(pattern)
    line.shutdown(socket.SHUT_RDWR)
    reader.join()
    line.close()


def test_typing(running, push, program):
    """What is no frame reaches the program as it was typed, also after a push that was refused."""
    one = running(program(ECHO))
    one.expect(r"info start: Copper")
    type_in(one, b"plain\x10\x05 \xf9Cu\xfa12345678901234567890 end\r",
            r"end\n(?s:.*)plain\x10\x05 .{1,2}Cu.{1,2}12345678901234567890 end\n")
    assert push(one, kernel=b"none").returncode == 1
    time.sleep(3)  # the line must have been quiet
    type_in(one, b"again\r", r"again\n(?s:.*)again\n")


# ---- what breaks on the way ----

class Proxy:
    """Between the command and the machine: bytes pass through `spoil`, or end after `limit`; what the
    machine says passes through `back`, which is `spoil` if unsaid."""

    def __init__(self, path, machine_line, spoil=None, limit=None, back=None):
        self.path, self.limit, self.spoil = path, limit, spoil or (lambda data: data)
        self.back = back or self.spoil
        self.over = threading.Event()
        self.far = socket.socket(socket.AF_UNIX)
        self.far.connect(str(machine_line))
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(1)
        self.near = None
        self.threads = [threading.Thread(target=self.run, daemon=True)]
        self.threads[0].start()

    def run(self):
        self.near, _ = self.listener.accept()
        self.threads.append(threading.Thread(target=self.copy, args=(self.far, self.near, None, self.back)))
        self.threads[-1].start()
        self.copy(self.near, self.far, self.limit, self.spoil)
        self.over.set()

    @staticmethod
    def copy(source, sink, limit, spoil):
        try:
            while limit is None or limit > 0:
                data = source.recv(4096 if limit is None else min(4096, limit))
                if not data:
                    return
                limit = None if limit is None else limit - len(data)
                sink.sendall(spoil(data))
        except OSError:
            pass

    def close(self):
        for one in (self.listener, self.near, self.far):
            if one is not None:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                one.close()
        for thread in self.threads:
            thread.join()


def test_killed_anywhere(running, push, counter, tmp_path):
    """The sender is killed after any number of bytes: the program counts on, and what is there stays
    there. In the end all of it has come, though no sender brought it whole."""
    one = running(counter())
    one.expect(r"count 00000003")
    new = tmp_path / "new.elf"
    new.write_bytes(OTHER)
    there = [0]
    for seed in range(8):
        limit = random.Random(seed).randrange(1, 60000)
        proxy = Proxy(tmp_path / f"proxy{seed}", one.line, limit=limit)
        sender = subprocess.Popen([BUILD / "host" / "copper", "push", "--serial", proxy.path, new],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        assert proxy.over.wait(TIMEOUT_S)
        sender.kill()
        told = re.search(rb"(\d+) of them there already", sender.communicate()[1])
        there += [int(told[1])] if told else []
        proxy.close()
        goes_on(one)
    assert there == sorted(there) and there[-1] > 50000, there
    assert one.serial().count("Copper, build") == 1
    done = push(one, kernel=OTHER)
    switched(done)
    assert int(re.search(rb"(\d+) of them there already", done.stderr)[1]) >= there[-1]
    one.expect(rf"(?s)build {OTHER_ID}.*count 00000003")


@pytest.mark.parametrize("seed", range(3))
def test_damaged_line(running, push, counter, tmp_path, seed):
    """Bits flip and bytes are lost, both ways; it only takes longer."""
    chance = random.Random(seed)

    def spoil(data):
        data = bytearray(data)
        if chance.random() < 0.03:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        if chance.random() < 0.03:
            del data[chance.randrange(len(data))]
        return bytes(data)

    one = running(counter())
    one.expect(r"count 00000003")
    proxy = Proxy(tmp_path / "proxy", one.line, spoil=spoil)
    done = push(proxy.path, "--timeout", "120", kernel=gzip.compress(OTHER))
    proxy.close()
    switched(done)
    old = one.expect(rf"(?s)\A(.*)build {OTHER_ID}.*count 00000003")[1]
    assert counts(old)[-1] > 3 and old.count("Copper, build") == 1


def test_lost_answer(running, push, counter, tmp_path):
    """The old system's last word is lost: the new one, asked again, says that it is there."""
    one = running(counter())
    one.expect(r"count 00000003")
    kept, lost = b"", 0

    def lose(data):
        """Keeps back what may become the start of the answer."""
        nonlocal kept, lost
        kept += data
        at = kept.find(SWITCHING)
        if at >= 0 and not lost:
            lost, kept = 1, kept[:at] + kept[at + len(SWITCHING):]
        held = 0 if lost else max(n for n in range(len(SWITCHING)) if kept.endswith(SWITCHING[:n]))
        out, kept = kept[:len(kept) - held], kept[len(kept) - held:]
        return out

    proxy = Proxy(tmp_path / "proxy", one.line, back=lose)
    done = push(proxy.path, kernel=gzip.compress(OTHER))
    proxy.close()
    assert lost
    switched(done)
    assert one.expect(rf"(?s)build {OTHER_ID}.*count 00000003")
    assert one.serial().count("Copper, build") == 2


# ---- what is wrong ----

WRONG = {
    "machine": (dict(kernel=KERNEL[:18] + b"\xb7\0" + KERNEL[20:]),
                r"the kernel is for aarch64 \(ELF machine 183\), this machine is x86_64"),
    "truncated": (dict(kernel=KERNEL[:len(KERNEL) // 2]),
                  r"the kernel is truncated: its segment .*ends beyond the file"),
    "no ELF": (dict(kernel=bytes(1000)), r"the kernel is n[^\n]*ELF file"),
    "short": (dict(kernel=KERNEL[:40]), r"the kernel is truncated"),
    "no archive": (dict(initrd=b"x" * 5000), r"the initrd is n[^\n]* archive"),
    "bad gzip": (dict(initrd=gzip.compress(random.Random(1).randbytes(9000))[:-2000] + bytes(2000)),
                 r"the gzip file is damaged|.*unpacked it has"),
    "long CONFIG": (dict(config=b"x" * 4096), r"too large"),
}


def test_refused(running, push, counter):
    """Each with its reason; the system goes on, and takes a good one in the end."""
    one = running(counter())
    one.expect(r"count 00000003")
    for name, (files, reason) in WRONG.items():
        done = push(one, **files)
        assert done.returncode == 1, name
        assert re.search(rf"copper: refused: ({reason})", done.stderr.decode()), done.stderr
        assert re.search(reason, one.serial()), name
        goes_on(one)
    assert one.serial().count("Copper, build") == 1
    switched(push(one, kernel=OTHER))
    one.expect(rf"(?s)build {OTHER_ID}.*count 00000003")


def test_too_little_memory(running, push, counter):
    one = running(counter(), "", "-m", "64")
    one.expect(r"count 00000003")
    bomb = gzip.compress(bytes(60 << 20), 9)
    done = push(one, initrd=bomb)
    assert done.returncode == 1
    assert re.search(r"refused: too little memory: unpacked it has 62914560 bytes",
                     done.stderr.decode()), done.stderr
    goes_on(one)


def test_levels(running, copper, push, counter):
    """`copper log` changes what is told, and nothing else."""
    one = running(counter())
    one.expect(r"count 00000003")
    done = copper("log", "--serial", one.line, "info,push:error")
    assert done.returncode == 0, done.stderr
    assert push(one, kernel=b"no kernel").returncode == 1
    done = copper("log", "--serial", one.line, "push:warning,none:info")
    assert done.returncode == 1
    assert b"refused: character 14: no such level or subsystem" in done.stderr
    assert "push: refused: the kernel" not in one.serial()
    assert push(one, kernel=b"no kernel").returncode == 1
    one.expect("push: refused: the kernel")
    goes_on(one)


def test_control_off(running, push, counter):
    one = running(counter(), "control=off\n")
    one.expect(r"count 00000003")
    done = push(one, "--timeout", "2", kernel=OTHER)
    assert done.returncode == 1 and b"no answer for" in done.stderr
    goes_on(one)


def test_command(copper, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"x")
    assert copper("push", file).returncode == 2
    assert copper("push", "--serial", "x").returncode == 2
    assert copper("push", "--serial", "x", file, file).returncode == 2
    assert copper("push", "--serial", "x", "--timeout", "0", file).returncode == 2
    done = copper("push", "--serial", tmp_path / "none", file)
    assert done.returncode == 1 and b"No such file" in done.stderr
    file.write_bytes(b"")
    assert copper("push", "--serial", "x", file).returncode == 1
