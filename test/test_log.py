# SPDX-License-Identifier: MIT
"""The log: log= in CONFIG chooses lines by level and subsystem, and nobody has to read them."""

import io
import re
import tarfile

import pytest

from conftest import BUILD, ROOT

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
