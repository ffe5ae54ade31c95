# SPDX-License-Identifier: MIT
"""The copper command from the outside: what it says to a wrong line, what it refuses, how a program
ends, and that a program sees nothing but what it was given."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tarfile
import threading
import time

import pytest

from conftest import BUILD

COPPER = BUILD / "host" / "copper"
WASI = '(import "wasi_snapshot_preview1" "{name}" (func ${name} (param{parameters}) {result}))'


def wasi(*names):
    """Import lines of WASI functions, of which each parameter is an i32 but where said."""
    types = {
        "args_sizes_get": " i32" * 2, "environ_sizes_get": " i32" * 2, "args_get": " i32" * 2,
        "fd_read": " i32" * 4, "fd_write": " i32" * 4, "proc_exit": " i32",
        "path_open": " i32 i32 i32 i32 i32 i64 i64 i32 i32",
    }
    return "\n".join(WASI.format(name=name, parameters=types[name],
                                 result="" if name == "proc_exit" else "(result i32)")
                     for name in names)


def program(body, *imports, more=""):
    return f"""(module {wasi(*imports)} (memory (export "memory") 4) {more}
        (func $start (export "_start") {body}))"""


# Copies standard input to standard output, then exits with 7.
ECHO = program("""
    (loop $more
      (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 60000))
      (if (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8))
        (then (call $proc_exit (i32.const 1))))
      (if (i32.eqz (i32.load (i32.const 8))) (then (call $proc_exit (i32.const 7))))
      (i32.store (i32.const 12) (i32.const 1024))
      (i32.store (i32.const 16) (i32.load (i32.const 8)))
      (loop $rest
        (if (call $fd_write (i32.const 1) (i32.const 12) (i32.const 1) (i32.const 20))
          (then (call $proc_exit (i32.const 2))))
        (i32.store (i32.const 12) (i32.add (i32.load (i32.const 12)) (i32.load (i32.const 20))))
        (i32.store (i32.const 16) (i32.sub (i32.load (i32.const 16)) (i32.load (i32.const 20))))
        (br_if $rest (i32.load (i32.const 16))))
      (br $more))""", "fd_read", "fd_write", "proc_exit")

# Opens the path argv[1] below descriptor 3 and exits with the errno.
OPEN = program("""(local $path i32)
    (drop (call $args_get (i32.const 0) (i32.const 4096)))
    (local.set $path (i32.load (i32.const 4)))
    (loop $next
      (if (i32.load8_u (i32.add (local.get $path) (local.get $size)))
        (then (local.set $size (i32.add (local.get $size) (i32.const 1))) (br $next))))
    (call $proc_exit (call $path_open (i32.const 3) (i32.const 1) (local.get $path)
      (local.get $size) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0)
      (i32.const 2048)))""".replace("(local $path i32)", "(local $path i32) (local $size i32)"),
    "args_get", "path_open", "proc_exit")

TRAPS = """(module (memory 1) (table 1 funcref)
    (func $inner (param i32) {body})
    (func $middle (call $inner (i32.const 1)))
    (func (export "_start") (call $middle)))"""


def exit_with(value):
    return program(f"(call $proc_exit {value})", "proc_exit", "args_sizes_get",
                   "environ_sizes_get")


COUNTS = """(block (result i32)
    (drop (call ${name} (i32.const 0) (i32.const 4))) (i32.load (i32.const 0)))"""


# ---- the command line ----

@pytest.mark.parametrize("words", [[], ["run"], ["boot"], ["image"], ["spec"]])
def test_help(copper, words):
    done = copper(*words, "--help")
    assert done.returncode == 0 and b"usage: copper" in done.stdout and done.stderr == b""


@pytest.mark.parametrize("words, says", [
    ([], "which command"),
    (["frobnicate"], 'no command "frobnicate"'),
    (["run"], "which program"),
    (["boot"], "which program"),
    (["spec"], "which scripts"),
    (["image"], "--out"),
    (["run", "--frob", "x.wasm"], "no option --frob"),
    (["run", "-x"], "no option -x"),
    (["run", "--stats=1", "x"], "no option --stats=1"),
    (["run", "--env"], "--env needs NAME=value"),
    (["run", "--env", "novalue", "x.wasm"], '"novalue" is not NAME=value'),
    (["run", "--env", "=x", "x.wasm"], '"=x" is not NAME=value'),
    (["run", "--dir"], "--dir needs HOST[::GUEST]"),
    (["run", "--dir", "::x", "x.wasm"], "empty"),
    (["run", "--dir", "x::", "x.wasm"], "empty"),
    (["run", "--memory-mode", "none", "x.wasm"], "--memory-mode is guard or checked"),
    (["boot", "--memory-mode", "none", "x.wasm"], "--memory-mode is guard or checked"),
    (["spec", "--memory-mode", "none", "x.json"], "--memory-mode is guard or checked"),
    (["boot", "--via", "magic", "x.wasm"], "kernel, bios or uefi"),
    (["boot", "--memory", "lots", "x.wasm"], "--memory is 32 to"),
    (["boot", "--memory", "1", "x.wasm"], "--memory is 32 to"),
    (["boot", "--dir", ".", "x.wasm"], "--file"),
    (["boot", "--file", "x", "--env", "y", "x.wasm"], '"y" is not'),
    (["boot", "--cpu", "mips", "x.wasm"], '--cpu is x86_64, aarch64 or riscv64, not "mips"'),
    (["image", "--out", "x", "y"], 'what is "y"'),
    (["image", "--add", "=x", "--out", "y"], "empty"),
    (["image", "--set", "x", "--out", "y"], '"x" is not'),
])
def test_wrong_line(copper, words, says):
    done = copper(*words)
    assert done.returncode == 2 and done.stdout == b""
    assert says in done.stderr.decode()


def test_options_end_at_the_program(copper, wat):
    counts = wat(exit_with(COUNTS.format(name="args_sizes_get")))
    assert copper("run", counts, "--help", "--env", "-x").returncode == 4
    assert copper("run", "--", counts).returncode == 1


@pytest.mark.parametrize("command", ["run", "boot"])
def test_no_such_program(copper, command):
    done = copper(command, "no/such.wasm")
    assert done.returncode == 1 and b"no/such.wasm: No such file" in done.stderr
    done = copper(command, "/")
    assert done.returncode == 1 and b"/: not a regular file" in done.stderr


# ---- what is refused ----

def test_no_module(copper, tmp_path):
    for name, content in [("empty", b""), ("text", b"hello"), ("cut", b"\0asm\1\0\0\0\1")]:
        file = tmp_path / name
        file.write_bytes(content)
        done = copper("run", file)
        assert done.returncode == 1 and done.stderr.startswith(b"copper: "), name


def test_imports_are_all_listed(copper, wat):
    module = wat("""(module
        (import "env" "first" (func))
        (import "wasi_snapshot_preview1" "no_such_call" (func (param i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func (param i64)))
        (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
        (import "env" "last" (global i32))
        (memory (export "memory") 1)
        (func (export "_start") unreachable))""")
    done = copper("run", module)
    text = done.stderr.decode()
    assert done.returncode == 1 and done.stdout == b""
    for name in ["first", "no_such_call", "fd_write", "last"]:
        assert name in text, text
    assert "fd_read" not in text and "unreachable" not in text


def test_unknown_imports_trap_when_asked_for(copper, wat):
    module = wat("""(module (import "env" "missing" (func $missing))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (func $calls_it (call $missing))
        (func (export "_start") {body}))""".replace("{body}", "(call $calls_it)"))
    done = copper("run", "--trap-unknown-imports", module)
    assert done.returncode == 134 and b"missing" in done.stderr and b"calls_it" in done.stderr
    unused = wat("""(module (import "env" "missing" (func $missing))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (func (export "_start") (call $exit (i32.const 5))))""")
    assert copper("run", unused).returncode == 1
    assert copper("run", "--trap-unknown-imports", unused).returncode == 5


# ---- how a program ends ----

@pytest.mark.parametrize("code, status", [(0, 0), (1, 1), (42, 42), (255, 255)])
def test_exit_status(copper, wat, code, status):
    done = copper("run", wat(exit_with(f"(i32.const {code})")))
    assert (done.returncode, done.stdout, done.stderr) == (status, b"", b"")


def test_returning_is_success(copper, wat):
    assert copper("run", wat(program("nop", "proc_exit"))).returncode == 0


@pytest.mark.parametrize("body, says", [
    ("unreachable", "unreachable"),
    ("(drop (i32.div_u (i32.const 1) (i32.const 0)))", "integer divide by zero"),
    ("(drop (i32.load (i32.const -4)))", "out of bounds memory access"),
    ("(drop (i32.load offset=4294967295 (i32.const -1)))", "out of bounds memory access"),
    ("(call_indirect (i32.const 0))", "uninitialized element"),
    ("(drop (i32.trunc_f64_s (f64.const nan)))", "invalid conversion to integer"),
    ("(call $inner (local.get 0))", "call stack exhausted"),
])
def test_trap_names_its_functions(copper, wat, body, says):
    done = copper("run", wat(TRAPS.format(body=body)))
    text = done.stderr.decode()
    assert done.returncode == 134 and done.stdout == b""
    assert says in text and "inner" in text, text
    if "exhausted" not in says:
        assert text.index("inner") < text.index("middle") < text.index("_start"), text


# ---- what a program sees ----

def test_arguments_and_environment(copper, wat):
    arguments = wat(exit_with(COUNTS.format(name="args_sizes_get")))
    environment = wat(exit_with(COUNTS.format(name="environ_sizes_get")))
    assert copper("run", arguments).returncode == 1
    assert copper("run", arguments, "a", "", "c d").returncode == 4
    assert copper("run", environment).returncode == 0
    assert copper("run", "--env", "A=1", "--env=B=", environment).returncode == 2


def test_streams_pass_every_byte(copper, wat):
    data = bytes(range(256)) * 3000 + b"\x10\x04\x10"
    done = copper("run", wat(ECHO), stdin=data)
    assert done.returncode == 7 and done.stdout == data and done.stderr == b""


def test_closed_output_is_an_error_of_the_call(wat):
    echo = wat(ECHO)
    process = subprocess.Popen([COPPER, "run", echo], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
    process.stdout.close()
    process.stdin.write(b"x")
    process.stdin.close()
    assert process.wait(timeout=60) == 2


@pytest.fixture
def given(tmp_path):
    """A directory to give away, with a secret beside it and links that point at that."""
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (tmp_path / "secret").write_text("secret")
    (root / "file").write_text("file")
    (root / "sub" / "inner").write_text("inner")
    (root / "inside").symlink_to("sub/../file")
    (root / "out").symlink_to("../secret")
    (root / "up").symlink_to("..")
    (root / "absolute").symlink_to(tmp_path / "secret")
    return root


@pytest.mark.parametrize("path", ["file", "sub/inner", "sub/../file", "./sub/.", "inside"])
def test_directory_is_given(copper, wat, given, path):
    assert copper("run", "--dir", f"{given}::/", wat(OPEN), path).returncode == 0


@pytest.mark.parametrize("path", ["../secret", "sub/../../secret", "/etc/passwd", "..", "/"])
def test_paths_do_not_leave(copper, wat, given, path):
    assert copper("run", "--dir", f"{given}::/", wat(OPEN), path).returncode == 63  # not permitted


@pytest.mark.parametrize("path", ["out", "up/secret", "absolute", "up"])
def test_links_do_not_lead_out(copper, wat, given, path):
    assert copper("run", "--dir", f"{given}::/", wat(OPEN), path).returncode == 63


def test_nothing_is_given_unasked(copper, wat):
    assert copper("run", wat(OPEN), "etc/passwd").returncode == 8  # no such descriptor


def test_directory_that_is_none(copper, wat, tmp_path):
    module = wat(exit_with("(i32.const 0)"))
    done = copper("run", "--dir", tmp_path / "nowhere", module)
    assert done.returncode == 1 and b"nowhere: not found" in done.stderr
    done = copper("run", "--dir", module, module)
    assert done.returncode == 1 and b"not a directory" in done.stderr


def test_statistics_go_to_standard_error(copper, wat):
    done = copper("run", "--stats", wat(ECHO), stdin=b"data")
    text = done.stderr.decode()
    assert done.returncode == 7 and done.stdout == b"data"
    for what in ["functions compiled", "machine code", "first instruction", "run time"]:
        assert what in text, text


def test_another_run_compiles_nothing(copper, wat):
    done = copper("run", "--stats", "--again", "2", wat(exit_with("(i32.const 0)")))
    assert done.returncode == 0, done.stderr
    text = done.stderr.decode()
    compiled = [int(n) for n in re.findall(r"functions compiled +(\d+)", text)]
    validated = [int(n) for n in re.findall(r"validated +(\d+) bytes", text)]
    cached = re.findall(r"modules in cache +(\d+) of (\d+)", text)
    assert compiled[0] > 0 and compiled[1:] == [0, 0], text
    assert validated[0] > 0 and validated[1:] == [0, 0], text
    assert cached[0][0] == "0" and all(hits == of != "0" for hits, of in cached[1:]), text


def test_a_run_that_fails_is_not_repeated(copper, wat):
    done = copper("run", "--stats", "--again", "2", wat(exit_with("(i32.const 5)")))
    assert done.returncode == 5 and done.stderr.count(b"run time") == 1
    assert copper("run", "--again", "x", wat(exit_with("(i32.const 0)"))).returncode == 2


# ---- images ----

def part(image, name, to):
    """Copies a file of the image's boot partition."""
    subprocess.run(["mcopy", "-i", f"{image}@@{2048 * 512}", f"::{name}", to], check=True)
    return to.read_bytes()


def test_image(copper, tmp_path):
    image, file = tmp_path / "out.img", tmp_path / "file"
    file.write_bytes(b"content")
    done = copper("image", "--out", image, "--add", f"{file}=/some/where", "--set", "start=x",
                  "--set", "start=some/where")
    assert done.returncode == 0, done.stderr
    assert image.stat().st_size == 64 << 20
    assert "No problems found" in subprocess.run(["sgdisk", "-v", image], capture_output=True,
                                                 text=True, check=True).stdout
    volume = tmp_path / "volume"
    volume.write_bytes(image.read_bytes()[2048 * 512:-33 * 512])
    subprocess.run([shutil.which("fsck.fat", path=os.environ["PATH"] + ":/sbin:/usr/sbin"), "-n",
                    volume], check=True, stdout=subprocess.DEVNULL)
    assert part(image, "BOOTBOOT/CONFIG", tmp_path / "CONFIG") == b"start=x\nstart=some/where\n"
    assert part(image, "EFI/BOOT/BOOTX64.EFI", tmp_path / "EFI") == \
        (BUILD / "x86_64/bootx64.efi").read_bytes()
    part(image, "BOOTBOOT/X86_64", tmp_path / "X86_64")
    with tarfile.open(tmp_path / "X86_64") as initrd:
        assert initrd.extractfile("some/where").read() == b"content"
        names = initrd.getnames()
        assert "sys/core" in names and "sys/wasi_snapshot_preview1.wasm" in names
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith("out")) == \
        ["out.img"]


def test_image_for_other_cpus(copper, tmp_path):
    """Each CPU's files are where its firmware looks, by a long name where it takes one; an image made of
    the image has them, too."""
    files = {}
    for cpu in ("x86_64", "aarch64", "riscv64"):
        for kind in ("initrd", "loader", "efi"):
            files[cpu, kind] = tmp_path / f"{cpu}.{kind}"
            files[cpu, kind].write_bytes(f"{cpu} {kind}".encode())
    parts = [word for (cpu, kind), file in files.items() for word in (f"--{kind}", f"{cpu}={file}")]
    assert copper("image", "--out", tmp_path / "a.img", *parts).returncode == 0
    assert copper("image", "--base", tmp_path / "a.img", "--out", tmp_path / "b.img").returncode == 0
    for name in ("a.img", "b.img"):
        image = tmp_path / name
        for path, file in [("BOOTBOOT/AARCH64", files["aarch64", "initrd"]),
                           ("BOOTBOOT/RISCV64", files["riscv64", "initrd"]),
                           ("EFI/BOOT/BOOTAA64.EFI", files["aarch64", "efi"]),
                           ("EFI/BOOT/BOOTRISCV64.EFI", files["riscv64", "efi"]),
                           ("KERNEL8.IMG", files["aarch64", "loader"])]:
            assert part(image, path, tmp_path / "part") == file.read_bytes(), path
        volume = tmp_path / "volume"
        volume.write_bytes(image.read_bytes()[2048 * 512:-33 * 512])
        subprocess.run(["fsck.fat", "-n", volume], check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("words, says", [
    (["--machine", "x"], 'the machine "x": x86_64 has pc'),
    (["--cpu", "aarch64", "--machine", "pc"], 'the machine "pc": aarch64 has virt, raspi3b'),
    (["--cpu", "riscv64", "--via", "bios"], "via bios: the machine virt of riscv64 has no BIOS"),
    (["--cpu", "aarch64", "--machine", "raspi3b", "--via", "uefi"], "has no UEFI"),
])
def test_no_such_machine(copper, words, says):
    done = copper("boot", *words, BUILD / "wasm32/hello.wasm")
    assert done.returncode == 1 and says in done.stderr.decode(), done.stderr


def test_image_from_another(copper, machine, tmp_path):
    """All of the base is there, but for what was given anew; and it boots into that."""
    image = shutil.copyfile(BUILD / "copper.img", tmp_path / "image")
    out, before = tmp_path / "out.img", image.read_bytes()
    hello = BUILD / "wasm32/hello.wasm"
    config = part(image, "BOOTBOOT/CONFIG", tmp_path / "before")
    assert part(image, "BOOTBOOT/X86_64", tmp_path / "packed")[:2] == b"\x1f\x8b"
    done = copper("image", "--base", image, "--out", out, "--add", f"{hello}=/bin/new.wasm",
                  "--add", f"{tmp_path / 'before'}=/demo/demo.sql", "--set", "start=bin/new.wasm")
    assert done.returncode == 0, done.stderr
    assert image.read_bytes() == before
    assert part(out, "BOOTBOOT/CONFIG", tmp_path / "c") == config + b"start=bin/new.wasm\n"
    part(out, "BOOTBOOT/X86_64", tmp_path / "initrd")
    with tarfile.open(tmp_path / "packed") as old, tarfile.open(tmp_path / "initrd") as new:
        assert sorted(new.getnames()) == sorted(old.getnames() + ["bin/new.wasm"])
        assert new.extractfile("bin/new.wasm").read() == hello.read_bytes()
        assert new.extractfile("demo/demo.sql").read() == config
        assert new.extractfile("sys/core").read() == old.extractfile("sys/core").read()
    started = machine("-drive", f"file={out},format=raw")
    assert started.wait() == 0
    assert "Hello from WebAssembly." in started.serial()
    again = copper("image", "--base", out, "--out", out)  # in place
    assert again.returncode == 0
    assert part(out, "BOOTBOOT/X86_64", tmp_path / "i") == (tmp_path / "initrd").read_bytes()


def test_large_image(copper, tmp_path):
    """CPython once for each CPU, and then files that make it twice as large."""
    python = BUILD / "wasm32/python.wasm"
    cpus = [kernel for kernel in BUILD.glob("*/kernel.elf")]
    for extra in [0, 64 << 20]:
        out, big = tmp_path / "out.img", tmp_path / "big"
        big.write_bytes(bytes(extra))
        done = copper("image", "--out", out, "--add", f"{python}=/p", "--add", f"{big}=/big")
        assert done.returncode == 0, done.stderr
        content = len(cpus) * (python.stat().st_size + extra)
        assert content < out.stat().st_size == 1 << content.bit_length()
        volume = tmp_path / "volume"
        volume.write_bytes(out.read_bytes()[2048 * 512:-33 * 512])
        subprocess.run([shutil.which("fsck.fat", path=os.environ["PATH"] + ":/sbin:/usr/sbin"),
                        "-n", volume], check=True, stdout=subprocess.DEVNULL)


def test_bad_base(copper, tmp_path):
    base, out = tmp_path / "base", tmp_path / "out"
    for content, says in [(b"", "the image"), (b"x" * 4096, "no GUID partition table")]:
        base.write_bytes(content)
        done = copper("image", "--base", base, "--out", out)
        assert done.returncode == 1 and says in done.stderr.decode(), done.stderr
        assert str(base) in done.stderr.decode() and not out.exists()


def test_added_to_a_damaged_initrd(copper, tmp_path):
    (tmp_path / "initrd").write_bytes(b"no archive" * 100)
    done = copper("image", "--initrd", tmp_path / "initrd", "--out", tmp_path / "out",
                  "--add", f"{tmp_path / 'initrd'}=/x")
    assert done.returncode == 1 and b"the initrd is damaged at byte 0" in done.stderr
    assert not (tmp_path / "out").exists()


def test_no_half_image(copper, tmp_path):
    image = tmp_path / "out.img"
    image.write_text("what was there")
    done = copper("image", "--out", image, "--add", f"{tmp_path / 'none'}=/x")
    assert done.returncode == 1 and b"none: No such file" in done.stderr
    assert image.read_text() == "what was there"
    assert copper("image", "--out", tmp_path / "no" / "folder").returncode == 1
    assert [path.name for path in tmp_path.iterdir()] == ["out.img"]


# ---- booting ----

@pytest.mark.parametrize("via", ["kernel", "bios", "uefi"])
def test_boot_passes_every_byte(copper, wat, via):
    data = bytes(range(256)) * 40 + b"\x10\x04\x10\x10"
    done = copper("boot", "--via", via, wat(ECHO), stdin=data)
    assert done.returncode == 7, done.stderr
    assert done.stdout == data and done.stderr == b""


def test_boot_arguments_and_environment(copper, wat):
    arguments = wat(exit_with(COUNTS.format(name="args_sizes_get")))
    environment = wat(exit_with(COUNTS.format(name="environ_sizes_get")))
    assert copper("boot", arguments, "a", "b c").returncode == 3
    assert copper("boot", environment).returncode == 0
    assert copper("boot", "--env", "A=1", "--env", "B=2", environment).returncode == 2


def test_boot_shows_the_trap(copper, wat):
    done = copper("boot", wat(TRAPS.format(body="unreachable")))
    text = done.stderr.decode()
    assert done.returncode == 134 and done.stdout == b""
    assert text.index("inner") < text.index("middle") < text.index("_start"), text


def test_boot_refuses_what_it_cannot_run(copper, wat):
    done = copper("boot", wat('(module (import "env" "gone" (func)) (func (export "_start")))'))
    assert done.returncode == 1 and done.stdout == b"" and b"gone" in done.stderr


def test_boot_gives_files(copper, wat, tmp_path):
    file = tmp_path / "f"
    file.write_text("x")
    module = wat(OPEN)
    assert copper("boot", "--file", f"{file}::/data/f", module, "data/f").returncode == 0
    assert copper("boot", "--file", f"{file}::/data/f", module, "data/g").returncode == 44


def test_boot_shows_a_panic(copper, wat):
    done = copper("boot", "--set", "fault=ensure", wat(exit_with("(i32.const 0)")))
    text = done.stderr.decode()
    assert done.returncode == 1 and done.stdout == b""
    assert "Guru Meditation" in text and "fault_ensure" in text, text
    assert "before the program ended" in text


def test_boot_log_is_shown_when_asked_for(copper, wat):
    done = copper("boot", "--log", wat(ECHO), stdin=b"data")
    assert done.returncode == 7 and done.stdout == b"data"
    assert b"copper: exit 7" in done.stderr


def test_boot_waits_for_a_slow_reader(wat):
    data = bytes(range(256)) * 1200
    process = subprocess.Popen([COPPER, "boot", wat(ECHO)], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
    feeder = threading.Thread(target=lambda: (process.stdin.write(data), process.stdin.close()))
    feeder.start()
    received = bytearray()
    while chunk := process.stdout.read1(4096):
        received += chunk
        time.sleep(0.01)
    feeder.join()
    assert process.wait(timeout=60) == 7 and received == data


def test_boot_without_qemu(wat):
    module = wat(exit_with("(i32.const 0)"))
    done = subprocess.run([COPPER, "boot", module], env={"PATH": "/nonexistent"},
                          capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
    assert done.returncode == 1 and b"cannot start qemu-system-x86_64" in done.stderr


def test_boot_without_firmware(copper, wat, tmp_path):
    module = wat(exit_with("(i32.const 0)"))
    done = copper("boot", "--via", "uefi", "--firmware", tmp_path / "none", module)
    assert done.returncode == 1 and done.stdout == b""
    assert b"no UEFI firmware" in done.stderr and b"package ovmf" in done.stderr


def test_boot_leaves_no_machine_behind(wat, tmp_path):
    forever = wat(program("(loop $l (br $l))", "proc_exit"))
    process = subprocess.Popen([COPPER, "boot", forever], stdin=subprocess.PIPE,
                               stdout=subprocess.DEVNULL)
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
    child = None
    while child is None:
        assert process.poll() is None
        child = next(iter(children.read_text().split()), None)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=60)
    stat = pathlib.Path(f"/proc/{child}/stat")
    for _ in range(600):
        try:
            if stat.read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return
        except (FileNotFoundError, ProcessLookupError):
            return
        time.sleep(0.1)
    pytest.fail("QEMU is still there")
