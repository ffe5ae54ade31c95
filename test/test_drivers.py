# SPDX-License-Identifier: MIT
"""Drivers in wasm, booted: what is typed into a serial port comes by interrupts to the driver, from
there to a program, and back."""

import os
import pty
import re
import time
import tty

import pytest

from screen import Monitor
from machines import BUILD, MACHINES

CONFIG = """kernel=sys/core
start=bin/stream.wasm
after=poweroff
log=debug
panic=poweroff
"""


class Line:
    """One end of a pseudo terminal, whose other is a serial port."""

    def __init__(self):
        self.own, self.other = pty.openpty()
        tty.setraw(self.other)
        os.set_blocking(self.own, False)
        self.path = os.ttyname(self.other)
        self.heard = b""

    def expect(self, pattern, alive, timeout=60):
        end = time.monotonic() + timeout
        while not re.search(pattern, self.heard):
            try:
                self.heard += os.read(self.own, 65536)
            except BlockingIOError:
                assert alive() and time.monotonic() < end, f"no {pattern!r} in {self.heard[-500:]!r}"
                time.sleep(0.02)

    def type(self, text):
        os.write(self.own, text)

    def close(self):
        os.close(self.own)
        os.close(self.other)


@pytest.fixture
def line():
    made = Line()
    yield made
    made.close()


MUCH = b"".join(bytes([97 + i // 64 % 26]) if i % 64 != 63 else b"\n" for i in range(20_000))


def talk(line, alive):
    """What test/guest/stream.c does."""
    line.expect(rb"ready\r?\n", alive)
    assert MUCH in line.heard.replace(b"\r\n", b"\n")
    for number in range(20):
        line.heard = b""
        line.type(b"%d." % number)
        line.expect(rb"\.\]\n", alive)
        assert line.heard.replace(b"]\n[", b"") == b"[%d.]\n" % number
    line.heard = b""
    line.type(b"x" * 3000 + b".")
    line.expect(rb"\.\]\n", alive)
    assert line.heard.replace(b"]\n[", b"") == b"[" + b"x" * 3000 + b".]\n"
    line.type(b"q")


FILES = [("bin/stream.wasm", BUILD / "test" / "stream.wasm"),
         ("drv/serial.wasm", BUILD / "wasm" / "drv" / "serial.wasm"),
         ("drv/pl011.wasm", BUILD / "wasm" / "drv" / "pl011.wasm")]


def files(*drivers):
    """What the initrd holds: drivers, and the program that looks at them."""
    return [("bin/hands.wasm", BUILD / "test" / "hands.wasm"),
            *[(f"drv/{name}.wasm", BUILD / "wasm" / "drv" / f"{name}.wasm") for name in drivers]]


def seen(machine, events):
    """Waits for lines of test/guest/hands.c, in order, of kind, code and value."""
    machine.expect("(?s)" + ".*".join(rf"^event {kind} {code} {value}$" for kind, code, value in events))


@pytest.mark.parametrize("extra", ["", "interrupts=legacy\n", "memory=checked\n"])
def test_serial_by_ports(boot, line, extra):
    """The driver has the first port; the log has the second."""
    one = boot(CONFIG + "driver=drv/serial.wasm:16550/0\nlogto=serial1\nconsole=serial1\n" + extra,
               "-serial", "chardev:driven", "-chardev", f"serial,id=driven,path={line.path}",
               files=FILES)
    talk(line, lambda: one.process.poll() is None)
    one.expect(r"copper: exit 0")
    one.wait()


@pytest.mark.parametrize("kind, driver", [
    pytest.param(MACHINES["virt"], "pl011", id="virt"),
    pytest.param(MACHINES["raspi3b"], "pl011", id="raspi3b"),
    pytest.param(MACHINES["riscv64"], "serial", id="riscv64"),
])
def test_serial_by_registers(boot, line, kind, driver):
    """The one port of most: the kernel has it until its driver begins, and again for its last words."""
    device = {"pl011": "pl011", "serial": "16550"}[driver]
    other = "logto=serial1\nconsole=serial1\n" if kind is MACHINES["raspi3b"] else ""
    one = boot(CONFIG.replace("log=debug\n", "") + f"driver=drv/{driver}.wasm:{device}\n{other}",
               "-serial", "chardev:driven", "-chardev", f"serial,id=driven,path={line.path}",
               files=FILES)
    talk(line, lambda: one.process.poll() is None)
    if other:
        one.expect(r"copper: exit 0")
    else:
        line.expect(rb"copper: exit 0", lambda: True)
    one.wait()


# What each function does to its registers, in order: bytes, and whether it is a store.
ACCESSES = """(module (memory 1)
  (func (param i32) (result i32) (i32.add (i32.load8_u (local.get 0)) (i32.load8_u (local.get 0))))
  (func (param i32) (drop (i32.load16_u (local.get 0))) (drop (i64.load (local.get 0))))
  (func (param i32) (result i32) (i32.and (i32.load (local.get 0)) (i32.const 1)))
  (func (param i32) (i32.store8 (local.get 0) (i32.const 0)) (i32.store8 (local.get 0) (i32.const 0))
                    (i32.store8 offset=1 (local.get 0) (i32.const 0)))
  (func (param i32) (i64.store (local.get 0) (i64.const 0x1122334455667788)))
  (func (param i32) (result i32) (i32.wrap_i64 (i64.load (local.get 0))))
  (func (param i32) (loop (br_if 0 (i32.eqz (i32.and (i32.load offset=4 (local.get 0)) (i32.const 128))))))
  (func (param i32) (i32.store (local.get 0) (i32.const 1))
                    (i32.store offset=8 (local.get 0) (i32.load offset=4 (local.get 0))))
  (func (param i32 i32) (result i32) (i32.add (local.get 1) (i32.load (local.get 0))))
  (func (param i32) (result i32) (i32.load16_s (local.get 0)) (i32.store16 (local.get 0) (i32.const -1)))
  (func (param i32) (result i64) (i64.load32_u (local.get 0)) (i64.store32 (local.get 0) (i64.const 7)))
  (func (param i32) (result f64) (f64.load (local.get 0)) (f32.store (local.get 0) (f32.const 1)))
  (func (param i32) (local i32) (local.set 1 (i32.load (local.get 0)))))"""
EXPECTED = ["1r 1r", "2r 8r", "4r", "1w 1w 1w", "8w", "8r", "4r", "4w 4r 4w", "4r", "2r 2w", "4r 4w",
            "8r 4w", "4r"]


def x86_access(mnemonic, operands):
    """Memory 0 starts at r15; what lies below it is the instance's."""
    if not re.search(r"(?<![-x0-9a-f])(0x[0-9a-f]+)?\(%r15", operands):
        return None
    width = {"movzbl": 1, "movzwl": 2, "movswl": 2, "movsd": 8, "movss": 4, "movb": 1, "movw": 2}.get(
        mnemonic, 8 if mnemonic.endswith("q") else 4)
    return f"{width}{'w' if operands.rstrip().endswith(')') else 'r'}"


def aarch64_access(mnemonic, operands):
    match = re.fullmatch(r"(ldr|str|ldur|stur)(s?)([bh]?)(w?)", mnemonic)
    if not match or "[sp" in operands or "[x28, #-" in operands:
        return None
    width = {"b": 1, "h": 2}.get(match[3]) or (8 if operands[0] in "xd" else 4)
    return f"{width}{'w' if match[1].startswith('st') else 'r'}"


def riscv64_access(mnemonic, operands):
    match = re.fullmatch(r"(f?)([ls])([bhwd])u?", mnemonic)
    if not match or "(sp)" in operands or re.search(r"-0x[0-9a-f]+\(s11\)", operands):
        return None
    return f"{dict(b=1, h=2, w=4, d=8)[match[3]]}{'w' if match[2] == 's' else 'r'}"


@pytest.mark.parametrize("cpu, access", [("x86_64", x86_access), ("aarch64", aarch64_access),
                                         ("riscv64", riscv64_access)], ids=["x86_64", "aarch64", "riscv64"])
def test_accesses_are_kept(copper, wat, cpu, access):
    """No access is merged, widened, narrowed, dropped, repeated or put in another order."""
    done = copper("compile", "--dump", "--cpu", cpu, wat(ACCESSES))
    assert done.returncode == 0, done.stderr
    found = []
    for part in done.stdout.decode().split("\nfunction ")[1:]:
        lines = [re.match(r" *[0-9a-f]+:\t[0-9a-f ]+\t([a-z.0-9]+)\s*(.*?)(?: +(?:#|//).*)?$", line)
                 for line in part.splitlines()]
        kinds = [access(match[1], match[2]) for match in lines if match]
        found.append(" ".join(kind for kind in kinds if kind))
    assert found == EXPECTED


HANDS = CONFIG.replace("stream", "hands").replace("after=poweroff", "after=halt")


def press(monitor, *keys):
    monitor.command("send-key", keys=[{"type": "qcode", "data": key} for key in keys])


def test_keyboard_and_mouse(boot, tmp_path):
    """Keys of both tables, and the mouse: each as it is pressed and released."""
    monitor = Monitor(tmp_path)
    one = boot(HANDS + "driver=drv/ps2.wasm:ps2\n", *monitor.arguments, files=files("ps2"))
    one.expect("^hands are watched")
    press(monitor, "a")
    seen(one, [(1, 30, 1), (0, 0, 0), (1, 30, 0), (0, 0, 0)])
    press(monitor, "ctrl", "up")
    seen(one, [(1, 29, 1), (1, 103, 1), (1, 103, 0), (1, 29, 0)])
    monitor.command("human-monitor-command", **{"command-line": "mouse_move 20 -7"})
    seen(one, [(2, 0, 20), (2, 1, -7), (0, 0, 0)])
    monitor.command("human-monitor-command", **{"command-line": "mouse_button 1"})
    seen(one, [(1, 272, 1)])
    monitor.command("human-monitor-command", **{"command-line": "mouse_button 0"})
    seen(one, [(1, 272, 0)])
    press(monitor, "q")
    one.expect("copper: exit 0")


def pixel(picture, x, y):
    start = 3 * (y * picture.width + x)
    return tuple(picture.pixels[start:start + 3])


def test_screen(boot, tmp_path):
    """Rectangles as they were asked for; what is not on the screen is refused."""
    monitor = Monitor(tmp_path)
    one = boot(HANDS + "driver=drv/framebuffer.wasm:framebuffer\n", *monitor.arguments,
               files=files("framebuffer"))
    one.expect("^drawn")
    picture = monitor.screen()
    colours = {pixel(picture, x, y) for x, y in ((10, 20), (109, 69))}
    assert colours == {(0x11, 0x22, 0x33)}
    assert pixel(picture, 9, 20) == pixel(picture, 110, 69) == (0, 0, 0)
    assert pixel(picture, 200, 300) == (0xFF, 0, 0) and pixel(picture, 201, 300) == (0, 0xFF, 0)
    assert pixel(picture, 200, 301) == (0, 0, 0xFF) and pixel(picture, 201, 301) == (0xFF, 0xFF, 0xFF)
    assert pixel(picture, 15, 75) == (0x11, 0x22, 0x33)  # moved down over itself
