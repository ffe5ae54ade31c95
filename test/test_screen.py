# SPDX-License-Identifier: MIT
"""The screen: log, programs and panics, read back from QEMU's screenshots by the font's glyphs."""

import io
import pathlib
import re
import struct
import tarfile
import tempfile
import zlib

import pytest
from conftest import BUILD
from machines import MACHINES
from screen import Monitor, read_ppm, write_png

KERNEL = BUILD / "x86_64"
AAVMF = pathlib.Path("/usr/share/AAVMF/AAVMF_CODE.fd")
OVMF = pathlib.Path("/usr/share/ovmf/OVMF.fd")
ADAPTER = ("sys/wasi_snapshot_preview1.wasm",
           BUILD / "user" / "wasi_snapshot_preview1.wasm")
HELLO = ("bin/hello.wasm", BUILD / "wasm32" / "hello.wasm")


@pytest.fixture
def monitor():
    """Its socket lies in /tmp: a socket's path has little room."""
    with tempfile.TemporaryDirectory(prefix="copper-") as folder:
        yield Monitor(folder)


@pytest.fixture
def boot(copper, machine, monitor, tmp_path):
    """boot(CONFIG, FILES, ...): a machine with a screen; FILES are (name, bytes or path)."""

    def start(config, files=(), *arguments):
        initrd, text, disk = tmp_path / "initrd", tmp_path / "config", tmp_path / "disk"
        with tarfile.open(initrd, "w", format=tarfile.USTAR_FORMAT) as archive:
            for name, content in [("sys/core", KERNEL / "kernel.elf"), *files]:
                content = content if isinstance(content, bytes) else content.read_bytes()
                header = tarfile.TarInfo(name)
                header.size = len(content)
                archive.addfile(header, io.BytesIO(content))
        text.write_text(config)
        made = copper("image", "--out", disk, "--config", text, "--initrd", initrd)
        assert made.returncode == 0, made.stderr.decode()
        return machine("-drive", f"file={disk},format=raw", *monitor.arguments, *arguments)

    return start


def rows(text, columns):
    """How the text stands on a screen of so many columns."""
    made = []
    for line in text.replace("\r", "").expandtabs().split("\n"):
        made += [line[at:at + columns].rstrip() for at in range(0, len(line), columns)] or [""]
    return made


def default_image_shown(copper, monitor):
    """The last of what was said on the serial line stands on the screen, each cell of it. (The screen has the log,
    too: the serial line is its driver's.)"""
    copper.expect(r"^copper: exit 0")
    picture = monitor.screen_with("copper: exit 0")
    said = copper.serial()  # firmware's part is not on the screen
    said = rows(said[said.index("[    0.000000]"):], picture.width // 8)
    said, shown = ([row for row in text if not row.startswith("[ ")]
                   for text in (said, picture.text().split("\n")))
    assert len(said) > len(shown) > 40  # it has scrolled
    assert shown == said[-len(shown):]
    return picture


def test_default_image(machine, monitor, image):
    copper = machine("-drive", f"file={image},format=raw", "-no-shutdown", *monitor.arguments)
    picture = default_image_shown(copper, monitor)
    log, = set(re.findall(r"^\[ +\d+\.\d+\] info program: shell exits", picture.text(), re.M))
    colours = [picture.colours(word)[0] for word in (log[:log.index("]")], " info", "shell exits")]
    assert all(len(colour) == 1 for colour in colours)
    assert len(set.union(*colours)) == 3
    picture.save("boot")


@pytest.mark.parametrize("name", ["raspi3b", "riscv64", "virt"])
def test_default_image_on_another_cpu(machine, monitor, demo, name):
    """The same image, the same sums: the frame buffer of a Raspberry Pi's graphics core, of a bochs
    display, and by UEFI. It halts at the end: not every machine off stays to be looked at."""
    kind, disk = MACHINES[name], demo("disk", "--set", "after=halt")
    arguments = [*kind.screen, *kind.arguments(disk)]
    if name == "virt":  # ramfb has a driver in the firmware only
        at = arguments.index("-kernel")
        arguments[at:at + 2] = ["-bios", AAVMF]
    booted = machine(*arguments, *monitor.arguments, program=kind.program)
    default_image_shown(booted, monitor).save(name)


def test_panic(boot, monitor):
    """The reason in a band of its own, then what is told on serial: where it began stays, for three
    quarters of the screen, and in the rest is the end."""
    kernel = boot("start=bin/hello.wasm\nfault=gate\n", [ADAPTER, HELLO])
    kernel.expect(r"End of meditation\.")
    picture = monitor.screen_with("End of meditation.")
    told = kernel.serial().replace("\r", "")
    told = rows(told[told.index("Guru Meditation"):], picture.width // 8)
    shown = picture.text().split("\n")
    assert shown[0] == "" and shown[1] == told[0] and shown[2:4] == ["", ""]
    kept = len(picture.rows) * 3 // 4
    assert shown[4:kept] == told[1:kept - 3]
    assert shown[kept:] == told[-len(shown[kept:]):] and shown[-2] == "End of meditation."
    assert "  puts (function " in picture.text()
    ink, band = picture.colours("Guru Meditation")
    assert ink == {"000000"} and band == {"ff5555"}
    assert {cell[2] for row in picture.rows[:3] for cell in row} == band
    assert picture.colours("Stack:") == ({"ff5555"}, {"000000"})
    picture.save("panic")


@pytest.mark.parametrize("fault, last", [("stack", "End of meditation."),
                                         ("twice", "Guru Meditation within it: page fault")])
def test_long_panic(boot, monitor, fault, last):
    """The reason stays when the rest scrolls; a panic within it is shown, too."""
    boot(f"fault={fault}\nscreen=640x480\n")
    picture = monitor.screen_with(last)
    lines = picture.text().split("\n")
    assert (picture.width, picture.height) == (640, 480)
    assert re.match("Guru Meditation: (page fault: kernel stack overflow|invalid opcode)", lines[1])


def program(statement):
    """Files with which SQLite runs one line."""
    words = ["sqlite3", ":memory:", statement]
    text = "".join(f"{word}\0" for word in [str(len(words)), *words])
    return [ADAPTER, ("bin/sqlite3.wasm", BUILD / "wasm32" / "sqlite3.wasm"),
            ("sys/arguments", text.encode())]


def test_unicode(boot, monitor):
    """Characters of several bytes and lines drawn of them; bytes that are none; colours; wrapping."""
    statement = ("SELECT 'žluťoučký kůň ┌─┐ ∞', cast(x'41ff42c3' as text) || 'C', "
                 "char(27) || '[31mred' || char(27) || '[0m', char(9) || 'tab';"
                 "SELECT printf('%.*c', 150, 'w');")
    kernel = boot("start=bin/sqlite3.wasm\narguments=sys/arguments\n", program(statement))
    kernel.expect(r"^copper: exit 0")
    picture = monitor.screen_with("copper: exit 0")
    assert "\nžluťoučký kůň ┌─┐ ∞|A\ufffdB\ufffdC|red|" in picture.text()
    assert re.search(r"red\| +tab\nw{128}\nw{22}\n", picture.text())
    assert picture.colours("red|")[0] == {"cc3333", "ffffff"}


def test_terminal(boot, monitor):
    """Moves, erasures, a region that scrolls, any colour; wide characters take two cells."""
    escape = "char(27) || '["
    statement = (f"SELECT {escape}2J' || {escape}3;5Hthere' || {escape}3;7H' || {escape}K' || "
                 f"{escape}5;1Ha漢b' || {escape}38;2;1;2;3;48;5;226m!' || {escape}0m' || "
                 f"char(27) || ']0;title' || char(7) || {escape}20;22r' || {escape}22;1H' || 'x';"
                 "SELECT 'y'; SELECT 'z';")
    kernel = boot("start=bin/sqlite3.wasm\narguments=sys/arguments\nlog=error\n",
                  program(statement))
    kernel.expect(r"^copper: exit 0")
    picture = monitor.screen_with("copper: exit 0")
    lines = picture.text().split("\n")
    assert lines[2] == "    th" and lines[4] == "a\ufffd b!" and "title" not in picture.text()
    assert lines[19:22] == ["z", "copper: exit 0", ""]
    assert picture.colours("!") == ({"010203"}, {"ffff00"})


@pytest.mark.parametrize("size, scale", [("640x480", 1), ("1280x1024", 1), ("1920x1200", 1),
                                         ("2560x1600", 2)])
def test_sizes(boot, monitor, size, scale):
    """Every size is used whole; where there would be too many cells they are larger."""
    kernel = boot(f"start=none\nscreen={size}\n", [], "-vga", "none", "-device", "VGA,vgamem_mb=64")
    kernel.expect(r"info start: halted")
    picture = monitor.screen_with("halted", scale)
    assert f"{picture.width}x{picture.height}" == size
    cells = f"{picture.width // 8 // scale}x{picture.height // 16 // scale}"
    assert f"info display: {size} pixels, {cells} characters" in picture.text()
    said = kernel.serial()
    said = rows(said[said.index("[    0.000000] info start: Copper"):], picture.width // 8 // scale)
    assert picture.text().split("\n") == said
    assert picture.colours("error")[0] == {"ff5555"}


@pytest.mark.skipif(not OVMF.exists(), reason="no OVMF (package ovmf)")
def test_uefi(boot, monitor):
    kernel = boot("start=none\n", [], "-bios", OVMF)
    kernel.expect(r"info start: halted")
    assert "start=none: not in the initrd" in monitor.screen_with("halted").text()


def test_no_screen(boot):
    kernel = boot("start=bin/hello.wasm\nafter=poweroff\n", [ADAPTER, HELLO], "-vga", "none")
    assert kernel.wait() == 0
    assert re.search(r"^copper: exit 0", kernel.serial(), re.M)
    assert "info display" not in kernel.serial()


def test_no_serial_port(boot, monitor):
    """A program is heard of on a machine that has nothing but a screen."""
    boot("start=bin/hello.wasm\n", [ADAPTER, HELLO], "-serial", "none", "-nodefaults", "-vga",
         "std")
    assert "hello" in monitor.screen_with("copper: exit 0").text().lower()


def test_framed_output_stays_off_the_screen(boot, monitor):
    kernel = boot("start=bin/hello.wasm\nstdin=framed\n", [ADAPTER, HELLO])
    kernel.expect(r"copper: exit 0")
    assert "hello" not in monitor.screen_with("copper: exit 0").text().lower()
    assert "hello" in kernel.serial().lower()


def test_png_is_the_picture():
    """The chunks are whole, and palette and indices give the same pixels back."""
    ppm = b"P6\n2 2\n255\n" + bytes([1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3])
    picture = write_png(*read_ppm(ppm))
    at, chunks = 8, {}
    while at < len(picture):
        size, kind = struct.unpack(">I4s", picture[at:at + 8])
        body = picture[at + 8:at + 8 + size]
        assert zlib.crc32(kind + body) == int.from_bytes(picture[at + 8 + size:at + 12 + size], "big")
        chunks[kind] = body
        at += 12 + size
    palette = chunks[b"PLTE"]
    lines = zlib.decompress(chunks[b"IDAT"])
    indices = lines[1:3] + lines[4:6]
    assert b"".join(palette[3 * i:3 * i + 3] for i in indices) == ppm[-12:]
