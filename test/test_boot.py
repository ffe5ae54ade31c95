# SPDX-License-Identifier: MIT
"""The loaders hand over what they promise: a kernel that tells what it got (boot/test/kernel) is
booted every way, and what it says is compared with how the machine was made. And broken images are
refused with a message on the serial port that says what is wrong."""
import gzip
import pathlib
import re
import shutil
import struct
import subprocess
import threading
import time
import zlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "x86_64"
CONFIG = b"# a comment\nscreen=800x600\n/* kernel=none */\nhello=w\xc3\xb6rld\n\n"
SECTOR = 512
BOOT_FIRST = 2048
TIMEOUT_S = 240

if not shutil.which("qemu-system-x86_64"):
    pytest.skip("no qemu-system-x86_64", allow_module_level=True)


def pack(files, initrd, kind="ustar", dots=True):
    """An archive of what lies in a folder, by tar or cpio; names with "./" or without."""
    names = "." if dots else "*"
    command = f"tar --format=ustar -cf {initrd} {names}" if kind == "ustar" else \
        f"find {names} | cpio --quiet -o -H {kind} >{initrd}"
    subprocess.run(["sh", "-ec", command], cwd=files, check=True)


def make_initrd(folder, kernel, extra=(), kind="ustar", dots=True):
    """An archive with `kernel` as sys/core and (name, bytes) files."""
    files = folder / "files"
    (files / "sys").mkdir(parents=True)
    shutil.copy(kernel, files / "sys" / "core")
    for name, contents in extra:
        (files / name).write_bytes(contents)
    initrd = folder / "initrd"
    pack(files, initrd, kind, dots)
    return initrd


OVMF = pathlib.Path("/usr/share/ovmf/OVMF.fd")


def firmware(via):
    """The arguments that make QEMU start the loader this way."""
    if via == "uefi" and not OVMF.exists():
        pytest.skip("no OVMF (package ovmf)")
    return {"bios": [], "kernel": ["-kernel", BUILD / "loader.bin"], "uefi": ["-bios", OVMF]}[via]


WAYS = ["bios", "kernel", "uefi"]
all_ways = pytest.mark.parametrize("via", WAYS)


def make_image(folder, initrd, config=CONFIG):
    image = folder / "copper.img"
    (folder / "config").write_bytes(config)
    subprocess.run([ROOT / "build" / "host" / "copper", "image", "--out", image,
                    "--mbr", BUILD / "boot.bin", "--loader", BUILD / "loader.bin",
                    "--efi", BUILD / "bootx64.efi", "--config", folder / "config",
                    "--initrd", initrd], check=True)
    return image


def drive(image, interface=None):
    extra = f",if={interface}" if interface else ""
    return ["-drive", f"file={image},format=raw,snapshot=on{extra}"]


def stick(image, controller="qemu-xhci"):
    """A USB stick."""
    return ["-device", controller, *drive(image, "none,id=stick"),
            "-device", "usb-storage,drive=stick"]


def run(arguments, until=None):
    """What the machine says on its serial port, until it is off, or until it says `until`."""
    command = ["qemu-system-x86_64", "-display", "none", "-serial", "stdio", "--no-reboot",
               "-nic", "none", *map(str, arguments)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    if until is None:
        try:
            return process.communicate(timeout=TIMEOUT_S)[0].decode(errors="replace")
        finally:
            process.kill()
    said = b""
    alarm = threading.Timer(TIMEOUT_S, process.kill)  # ends the reading below
    alarm.start()
    try:
        while until.encode() not in said:
            more = process.stdout.read1(4096)
            if not more:
                break
            said += more
    finally:
        alarm.cancel()
        process.kill()
        process.communicate()
    return said.decode(errors="replace")


class Told:
    """What the test's kernel says, by key."""

    def __init__(self, output):
        self.output = output
        lines = [line.split(" ", 1) for line in output.splitlines() if " " in line]
        self.values = {key: value for key, value in lines if key != "map"}
        self.cores = [tuple(map(int, value.split())) for key, value in lines if key == "core"]
        self.map = [tuple(int(word, 0) for word in value.split()) for key, value in lines
                    if key == "map"]

    def __getitem__(self, key):
        return self.values[key]

    def number(self, key):
        return int(self.values[key], 0)


def boot(arguments):
    output = run(arguments)
    if OVMF in arguments:  # which talks itself
        output = output[max(output.find("hello\n"), 0):]
    told = Told(output)
    assert told.output.startswith("hello\n"), told.output  # and nothing before it
    assert told.output.endswith("done\n"), told.output
    return told


@pytest.fixture(scope="module", name="made")
def fixture_made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("boot")
    initrd = make_initrd(folder, BUILD / "boot" / "test" / "kernel1.elf")
    return initrd, make_image(folder, initrd)


def check_cpu(told, level2=False):
    assert told.number("stack") == 0
    assert told.number("cr0") & 0x8000_0001 == 0x8000_0001  # paging and protection
    assert told.number("cr0") & (1 << 2 | 1 << 3) == 0      # no x87 emulation
    assert told.number("cr4") & (1 << 5 | 1 << 9) == 1 << 5 | 1 << 9  # PAE, SSE
    assert told.number("efer") & 0x500 == 0x500
    assert told.number("interrupts") == 0
    assert told.number("sse") == 0x123456789ABCDEF0
    assert told.number("bss") == 0 and told.number("data") == 0x600DDA7A


def check_information(told, initrd, config=CONFIG, uefi=False):
    assert told["magic"] == "BOOT"
    assert told.number("size") == 128 + 16 * len(told.map)
    assert told.number("protocol") == (6 if uefi else 2)  # level 2, UEFI or BIOS
    address, size, crc = (int(word, 0) for word in told["initrd"].split())
    contents = pathlib.Path(initrd).read_bytes()
    assert address % 4096 == 0 and size == len(contents) and crc == zlib.crc32(contents)
    assert told["environment"].split() == [str(len(config)), hex(zlib.crc32(config))]
    assert told["acpi"] in ("RSDT", "XSDT")
    assert told["smbios"] == "_SM" and (uefi or told["mp"] == "_MP_")
    assert (told.number("efi") != 0) == uefi


def check_map(told, mebibytes, reserved=1):
    """Sorted, disjoint; free memory is nearly all there is; what is in use is not free."""
    assert len(told.map) >= 4
    for (start, size, _), (following, _, _) in zip(told.map, told.map[1:]):
        assert size > 0 and start + size <= following
    free = [(start, start + size) for start, size, kind in told.map if kind == 1]
    initrd, initrd_size, _ = (int(word, 0) for word in told["initrd"].split())
    total = sum(end - start for start, end in free)
    assert (mebibytes << 20) - initrd_size - (reserved << 20) < total < mebibytes << 20
    for start, end in free:
        assert start % 4096 == 0 and end % 4096 == 0 and start > 0
        assert end <= initrd or start >= initrd + initrd_size
        assert end <= 0xA0000 or start >= 0x100000


def check_screen(told, width, height):
    address, size, *rest = (int(word, 0) for word in told["framebuffer"].split())
    assert address != 0 and rest[:2] == [width, height] and rest[3] == 0
    assert rest[2] >= width * 4 and size == rest[2] * height
    assert told["pixels"] == "0xc0ffee 0xb00b00"


@all_ways
@pytest.mark.parametrize("machine, mebibytes", [
    ([], 128), (["-M", "q35"], 128), (["-m", "64"], 64), (["-smp", "4"], 128), (["-m", "5G"], 5120),
], ids=lambda value: "-".join(value).strip("-") or "pc" if isinstance(value, list) else None)
def test_hand_over(made, via, machine, mebibytes):
    initrd, image = made
    told = boot([*firmware(via), *machine, *drive(image)])
    check_cpu(told)
    check_information(told, initrd, uefi=via == "uefi")
    check_map(told, mebibytes, 8 if via == "uefi" else 1)
    check_screen(told, 800, 600)
    cores = 4 if "-smp" in machine else 1
    assert told.number("cores") == cores and told.number("entered") == cores
    assert sorted(apic for apic, _ in told.cores) == list(range(1, cores))
    assert sorted(stack for _, stack in told.cores) == [1024 * n for n in range(1, cores)]
    assert told.number("bspid") == 0


@pytest.mark.parametrize("via, disk", [
    *((via, disk) for via in WAYS for disk in ("virtio", "qemu-xhci", "usb-ehci")),
    ("uefi", "piix3-usb-uhci"),  # QEMU's BIOS loses transfers on it, and waits 5 s for each
])
def test_disks(made, via, disk):
    initrd, image = made
    loader = firmware(via)
    if disk == "virtio":
        told = boot([*loader, *drive(image, "virtio")])
    else:
        told = boot([*loader, *stick(image, disk)])
    check_information(told, initrd, uefi=via == "uefi")


@all_ways
@pytest.mark.parametrize("disk", ["virtio", "usb"])
def test_all_at_once(made, via, disk):
    """A q35 with 64 MiB and four cores, and not from its own kind of disk."""
    initrd, image = made
    told = boot([*firmware(via), "-M", "q35", "-m", "64", "-smp", "4",
                 *(drive(image, "virtio") if disk == "virtio" else stick(image))])
    check_information(told, initrd, uefi=via == "uefi")
    check_map(told, 64, 8 if via == "uefi" else 1)
    assert told.number("cores") == told.number("entered") == 4


@all_ways
def test_date(made, via):
    told = boot([*firmware(via), "-rtc", "base=2031-12-30T23:58:57", *drive(made[1])])
    assert re.match(r"20311230235\d\d\d00$", told["date"])
    assert told["timezone"] == "0"


@all_ways
def test_no_screen(made, via):
    told = boot([*firmware(via), "-vga", "none", *drive(made[1])])
    assert told["framebuffer"] == "0x0 0 0 0 0 0"


@all_ways
def test_one_core_when_asked(made, tmp_path, via):
    told = boot([*firmware(via), "-smp", "4", *drive(make_image(tmp_path, made[0], b"nosmp=1\n"))])
    assert told["cores"] == "1" and told["entered"] == "1"


def test_other_disk_first(made, tmp_path):
    """A disk that holds nothing does not keep -kernel from finding the one that does."""
    empty = tmp_path / "empty.img"
    empty.write_bytes(bytes(1 << 20))
    boot(["-kernel", BUILD / "loader.bin", *drive(empty), *drive(made[1])])


@all_ways
def test_level_2(tmp_path, via):
    initrd = make_initrd(tmp_path, BUILD / "boot" / "test" / "kernel2.elf")
    told = boot([*firmware(via), *drive(make_image(tmp_path, initrd, b"screen=1024x768\n"))])
    check_cpu(told)
    check_information(told, initrd, b"screen=1024x768\n", uefi=via == "uefi")
    check_screen(told, 1024, 768)


def elf_parts(file):
    """The address, the bytes with .bss, the entry and the symbols of a kernel's ELF file."""
    entry, headers, sections = struct.unpack_from("<3Q", file, 24)
    count = struct.unpack_from("<H", file, 60)[0]
    offset, address, _, held, size = struct.unpack_from("<5Q", file, headers + 8)
    symbols = {}
    for at in range(sections, sections + 64 * count, 64):
        if struct.unpack_from("<I", file, at + 4)[0] == 2:
            start, length, link = struct.unpack_from("<2QI", file, at + 24)
            names = struct.unpack_from("<Q", file, sections + 64 * link + 24)[0]
            for symbol in range(start, start + length, 24):
                name = names + struct.unpack_from("<I", file, symbol)[0]
                symbols[file[name:file.index(b"\0", name)].decode()] = \
                    struct.unpack_from("<Q", file, symbol + 8)[0]
    return address, file[offset:offset + held], size, entry, symbols


def pe_file(elf):
    """The same kernel as a PE32+ file, with the protocol's symbols as COFF has them."""
    address, contents, size, entry, symbols = elf_parts(elf)
    base = address & ~0xFFFF if address & 0xFFFF else address - 0x10000
    strings, table = b"\0\0\0\0", b""
    for name in ("bootboot", "environment", "fb", "initstack"):
        if name in symbols:
            short = name.encode().ljust(8, b"\0")
            table += (short if len(name) <= 8 else struct.pack("<2I", 0, len(strings))) + \
                struct.pack("<IhHBB", symbols[name] & 0xFFFFFFFF, -1, 0, 2, 0)
            strings += b"" if len(name) <= 8 else name.encode() + b"\0"
    at = 0x400 + len(contents)
    dos = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40)
    coff = b"PE\0\0" + struct.pack("<2H3I2H", 0x8664, 1, 0, at, len(table) // 18, 112, 0x22)
    optional = struct.pack("<HBB5IQ2I", 0x20B, 0, 0, size, 0, 0, entry - base, address - base,
                           base, 4096, 512).ljust(56, b"\0")
    optional = (optional + struct.pack("<2I", address - base + size, 0x400)).ljust(112, b"\0")
    section = b".all\0\0\0\0" + struct.pack("<4I", size, address - base, len(contents), 0x400)
    strings = struct.pack("<I", len(strings)) + strings[4:]
    headers = dos + coff + optional + section + struct.pack("<2I2HI", 0, 0, 0, 0, 0xE0000060)
    return headers.ljust(0x400, b"\0") + contents + table + strings


@pytest.mark.parametrize("name, level2", [("kernel1.elf", False), ("kernel2.elf", True)])
def test_pe_kernel(tmp_path, name, level2):
    elf = (BUILD / "boot" / "test" / name).read_bytes()
    (tmp_path / "kernel").write_bytes(pe_file(elf))
    read = subprocess.run(["llvm-readobj-19", "--file-headers", "--symbols", tmp_path / "kernel"],
                          capture_output=True, text=True, check=True).stdout  # a PE file indeed
    assert "Format: COFF-x86-64" in read and "Name: environment" in read
    initrd = make_initrd(tmp_path, tmp_path / "kernel")
    told = boot(["-smp", "2", *drive(make_image(tmp_path, initrd))])
    check_cpu(told)
    check_information(told, initrd)
    check_screen(told, 800, 600)
    assert told.cores == [(1, 4096 if level2 else 1024)]


@all_ways
def test_empty_config(made, tmp_path, via):
    """An empty CONFIG is one: that of the initrd is not taken instead."""
    initrd = make_initrd(tmp_path, BUILD / "boot" / "test" / "kernel1.elf",
                         [("sys/config", b"in=initrd\n")])
    told = boot([*firmware(via), *drive(make_image(tmp_path, initrd, b""))])
    check_information(told, initrd, b"", uefi=via == "uefi")
    check_screen(told, 1024, 768)


def test_config_in_initrd(tmp_path):
    initrd = make_initrd(tmp_path, BUILD / "boot" / "test" / "kernel1.elf",
                         [("sys/config", CONFIG)])
    image = make_image(tmp_path, initrd)
    mtools(image, "mdel", "::BOOTBOOT/CONFIG")
    check_information(boot(drive(image)), initrd)


def test_kernel_name(tmp_path):
    kernel = (BUILD / "boot" / "test" / "kernel1.elf").read_bytes()
    initrd = make_initrd(tmp_path, __file__, [("sys/mine", kernel)])
    boot(drive(make_image(tmp_path, initrd, b"kernel=sys/mine\n")))


@all_ways
def test_large_initrd(tmp_path, via):
    """32 MiB, within 64 MiB of memory; UEFI itself needs more than half of those."""
    initrd = make_initrd(tmp_path, BUILD / "boot" / "test" / "kernel1.elf",
                         [("big", bytes(range(256)) * (1 << 17))])
    mebibytes = 128 if via == "uefi" else 64
    told = boot([*firmware(via), "-m", str(mebibytes),
                 *drive(make_image(tmp_path, initrd), "virtio")])
    check_information(told, initrd, uefi=via == "uefi")
    check_map(told, mebibytes, 8 if via == "uefi" else 1)


@pytest.mark.parametrize("kind", ["ustar", "newc"])
def test_large_packed_initrd(tmp_path, kind):
    """The same packed: 32 MiB that pack well, and some that do not."""
    noise = bytearray(1 << 20)
    for i in range(0, len(noise), 4096):
        noise[i:i + 4] = struct.pack("<I", zlib.crc32(bytes([i >> 12 & 255, i >> 20])))
    initrd = make_initrd(tmp_path, BUILD / "boot" / "test" / "kernel1.elf",
                         [("big", bytes(range(256)) * (1 << 17)), ("noise", noise)], kind)
    packed = tmp_path / "initrd.gz"
    packed.write_bytes(gzip.compress(initrd.read_bytes(), 1))
    check_information(boot(drive(make_image(tmp_path, packed))), initrd)


@pytest.mark.parametrize("level", [1, 9])
def test_gzip(made, tmp_path, level):
    packed = tmp_path / "initrd.gz"
    packed.write_bytes(gzip.compress(made[0].read_bytes() + bytes(range(256)) * 9999, level))
    told = boot(drive(make_image(tmp_path, packed)))
    unpacked = tmp_path / "unpacked"
    unpacked.write_bytes(gzip.decompress(packed.read_bytes()))
    check_information(told, unpacked)
    check_map(told, 128)


@pytest.mark.parametrize("kind, dots, packed", [
    ("ustar", False, False), ("newc", True, False), ("newc", False, True), ("crc", True, True),
    ("odc", False, False), ("odc", True, True),
])
def test_archive_formats(tmp_path, kind, dots, packed):
    """Every kind of archive is handed over unpacked but otherwise as it is."""
    initrd = make_initrd(tmp_path, BUILD / "boot" / "test" / "kernel1.elf",
                         [("other", b"some" * 999), ("empty", b"")], kind, dots)
    file = initrd
    if packed:
        file = tmp_path / "initrd.gz"
        file.write_bytes(gzip.compress(initrd.read_bytes()))
    check_information(boot(drive(make_image(tmp_path, file))), initrd)


# What `unpack`'s files are booted with: SQLite over a script among them, and off.
SQLITE = b"start=bin/sqlite3.wasm\narguments=sys/arguments\nafter=poweroff\n"


def unpack(folder):
    """The files of the default image's initrd, and the arguments that SQLITE names."""
    files = folder / "files"
    files.mkdir()
    subprocess.run(["tar", "-C", files, "-xzf", BUILD / "initrd.gz"], check=True)
    (files / "sys" / "arguments").write_bytes(b"3\0sqlite3\0/tmp/demo.db\0.read /demo/demo.sql\0")
    return files


@pytest.mark.parametrize("via, machine", [
    ("bios", []), ("kernel", ["-m", "64"]), ("kernel", ["-M", "q35", "-smp", "4"]),
    ("uefi", ["-smp", "2"]),
], ids=["bios", "kernel-m64", "kernel-q35", "uefi"])
def test_another_loader(tmp_path, via, machine):
    """The kernel runs unchanged under a loader that leaves caches off, and whose memory map calls
    free what the kernel stands on, unsorted, overlapping, in more entries than there are."""
    files = unpack(tmp_path)
    shutil.copy(BUILD / "boot" / "test" / "other.elf", files / "sys" / "other")
    pack(files, tmp_path / "initrd")
    image = make_image(tmp_path, tmp_path / "initrd", SQLITE + b"kernel=sys/other\n")
    said = run([*firmware(via), *machine, *drive(image)])
    assert "other: 248 entries" in said and "copper: exit 0" in said, said


@pytest.mark.parametrize("kind", ["newc", "crc", "odc"])
def test_program_in_cpio(tmp_path, kind):
    """From a cpio archive the kernel starts a program, its adapter, and the program its files. Two
    names of one file are one file, whichever of them holds the data."""
    files = unpack(tmp_path)
    (files / "z").hardlink_to(files / "sys" / "wasi_snapshot_preview1.wasm")
    (files / "a").hardlink_to(files / "bin" / "sqlite3.wasm")
    initrd = tmp_path / "initrd"
    pack(files, initrd, kind)
    said = run(drive(make_image(tmp_path, initrd, SQLITE)))
    assert "copper: exit 0" in said, said


def test_damaged_gzip(made, tmp_path):
    packed = bytearray(gzip.compress(made[0].read_bytes()))
    packed[len(packed) // 2] ^= 0x10
    (tmp_path / "initrd.gz").write_bytes(packed)
    image = make_image(tmp_path, tmp_path / "initrd.gz")
    check_refused(image, "copper: cannot boot: the gzip file is damaged")


def test_image_is_the_same_twice(made, tmp_path):
    assert make_image(tmp_path, made[0]).read_bytes() == made[1].read_bytes()


def test_image_is_accepted_by_sgdisk(made):
    sgdisk = shutil.which("sgdisk", path="/usr/sbin:/sbin:/usr/bin")
    done = subprocess.run([sgdisk, "-v", made[1]], capture_output=True, text=True, check=True)
    assert "No problems found" in done.stdout


def test_image_is_never_half_written(made, tmp_path):
    """A refused image leaves what was there before, and no temporary file."""
    (tmp_path / "copper.img").write_text("old")
    with pytest.raises(subprocess.CalledProcessError):
        make_image(tmp_path, made[0], b"x" * 4096)
    assert (tmp_path / "copper.img").read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["config", "copper.img"]


def broken(image, tmp_path, changes):
    """A copy of the image with `changes`: (offset, bytes)."""
    copy = tmp_path / "broken.img"
    shutil.copy(image, copy)
    with open(copy, "r+b") as file:
        for offset, contents in changes:
            file.seek(offset, 2 if offset < 0 else 0)
            file.write(contents)
    return copy


def check_refused(image, message, arguments=(), via="bios"):
    """The message comes, the machine stays as it is, and no kernel starts."""
    said = run([*firmware(via), *arguments, *drive(image)], until="to restart")
    found = re.findall(message, said)
    assert found, said
    assert "hello\n" not in said
    if via == "uefi":  # whose console, the screen's twin, is on the serial port, too
        assert len(found) >= 2, said


def loader_disk(folder, via):
    """For an image on which UEFI finds no loader: one that has nothing else. The first, as firmware
    may sort them otherwise."""
    if via != "uefi":
        return []
    place = folder / "disk" / "EFI" / "BOOT"
    place.mkdir(parents=True)
    shutil.copy(BUILD / "bootx64.efi", place / "BOOTX64.EFI")
    return ["-drive", f"file=fat:rw:{folder / 'disk'},format=raw"]


@pytest.mark.parametrize("changes, message", [
    ([(SECTOR, bytes(SECTOR)), (-SECTOR, bytes(SECTOR))], "no GUID partition table"),
    ([(SECTOR + 56, b"\xff"), (-SECTOR + 56, b"\xff")], "damaged partition table header"),
    ([(2 * SECTOR, b"\xff"), (-33 * SECTOR, b"\xff")], "damaged partition table entries"),
    ([(BOOT_FIRST * SECTOR, bytes(SECTOR))], "no FAT file system"),
    ([(BOOT_FIRST * SECTOR + 22, b"\1\0")], "damaged FAT parameters"),
], ids=["no-table", "header", "entries", "no-fat", "fat"])
@all_ways
def test_broken_disk(made, tmp_path, changes, message, via):
    check_refused(broken(made[1], tmp_path, changes), r"copper: disk \w+: " + message,
                  loader_disk(tmp_path, via), via)


def test_table_copy(made, tmp_path):
    """The table's copy at the end of the disk serves when the first is damaged."""
    boot(drive(broken(made[1], tmp_path, [(SECTOR, bytes(SECTOR))])))


def mtools(image, *command):
    subprocess.run([command[0], "-i", f"{image}@@{BOOT_FIRST * SECTOR}", *command[1:]], check=True)


@all_ways
def test_no_boot_partition(made, tmp_path, via):
    """Two partitions, of which neither is marked, nor of the type of EFI system partitions."""
    image = broken(made[1], tmp_path, [])
    sgdisk = shutil.which("sgdisk", path="/usr/sbin:/sbin:/usr/bin")
    subprocess.run([sgdisk, "-A", "1:clear:2", "-t", "1:8300", image], check=True,
                   capture_output=True)
    check_refused(image, r"copper: disk \w+: no boot partition", loader_disk(tmp_path, via), via)


@all_ways
def test_no_initrd(made, tmp_path, via):
    image = broken(made[1], tmp_path, [])
    mtools(image, "mdel", "::BOOTBOOT/X86_64")
    check_refused(image, "no initrd: neither BOOTBOOT/INITRD nor BOOTBOOT/X86_64", via=via)


def test_updated_by_copying(made, tmp_path):
    """Files of the boot partition are replaced by copying, whatever clusters they get."""
    image = broken(made[1], tmp_path, [])
    initrd = make_initrd(tmp_path, BUILD / "boot" / "test" / "kernel1.elf", [("more", b"x" * 9999)])
    mtools(image, "mcopy", "-o", str(initrd), "::BOOTBOOT/X86_64")
    check_information(boot(drive(image)), initrd)


def kernel_poked(offset, contents):
    kernel = bytearray((BUILD / "boot" / "test" / "kernel1.elf").read_bytes())
    kernel[offset:offset + len(contents)] = contents
    return bytes(kernel)


@pytest.mark.parametrize("kernel, message", [
    (lambda: kernel_poked(18, b"\xb7\0"), "the kernel is for aarch64 .* this machine is x86_64"),
    (lambda: kernel_poked(0, b"MX"), "the kernel is neither a 64-bit little-endian ELF file nor"),
    (lambda: kernel_poked(0, b"")[:5000], "the kernel is truncated"),
    (lambda: kernel_poked(24, bytes(8)), "the kernel's entry 0x0 is not within it"),
], ids=["machine", "no-elf", "truncated", "entry"])
@all_ways
def test_bad_kernel(tmp_path, kernel, message, via):
    (tmp_path / "kernel").write_bytes(kernel())
    initrd = make_initrd(tmp_path, tmp_path / "kernel")
    check_refused(make_image(tmp_path, initrd), "copper: cannot boot: " + message, via=via)


@all_ways
def test_no_kernel(made, tmp_path, via):
    image = make_image(tmp_path, made[0], b"kernel=sys/nothing\n")
    check_refused(image, "copper: cannot boot: no file sys/nothing in the initrd", via=via)


def poked(contents, at, byte=None):
    """With one byte changed."""
    changed = bytearray(contents)
    changed[at] = changed[at] ^ 1 if byte is None else byte
    return bytes(changed)


@pytest.mark.parametrize("kind, damage, message", [
    ("ustar", lambda tar: poked(tar, 0), "the initrd is neither a ustar nor a cpio archive"),
    ("ustar", lambda tar: poked(tar, tar.index(b"./sys/core")), r"damaged: bad ustar entry at byte \d+"),
    ("ustar", lambda tar: tar[:5000], r"truncated: its ustar entry at byte \d+ ends beyond it"),
    ("newc", lambda cpio: poked(cpio, 7, 0x78), "damaged: bad cpio entry at byte 0"),
    ("newc", lambda cpio: cpio[:5000], r"truncated: its cpio entry at byte \d+ ends beyond it"),
    ("crc", lambda cpio: poked(cpio, cpio.index(b"\x7fELF") + 9999), "damaged: bad cpio entry at"),
    ("odc", lambda cpio: cpio[:5000], r"truncated: its cpio entry at byte \d+ ends beyond it"),
    ("ustar", lambda tar: poked(gzip.compress(tar), 3000), "the gzip file is damaged"),
    ("ustar", lambda tar: gzip.compress(tar)[:3000], "the gzip file is (damaged|truncated)"),
    ("ustar", lambda tar: poked(gzip.compress(tar), -8), "damaged: wrong checksum or size"),
], ids=["no-archive", "tar", "short-tar", "newc", "short-newc", "crc", "short-odc", "gzip",
        "short-gzip", "checksum"])
def test_damaged_initrd(tmp_path, kind, damage, message):
    initrd = make_initrd(tmp_path, BUILD / "boot" / "test" / "kernel1.elf", kind=kind)
    (tmp_path / "damaged").write_bytes(damage(initrd.read_bytes()))
    check_refused(make_image(tmp_path, tmp_path / "damaged"), message)


@pytest.mark.parametrize("via, mebibytes", [("bios", 16), ("kernel", 16), ("uefi", 64)])
def test_too_little_memory(tmp_path, via, mebibytes):
    initrd = make_initrd(tmp_path, BUILD / "boot" / "test" / "kernel1.elf",
                         [("big", bytes(mebibytes << 20))])
    image = make_image(tmp_path, initrd)
    check_refused(image, "too little memory: BOOTBOOT/X86_64 needs .* KiB",
                  ["-m", str(mebibytes)], via)


def test_no_64_bit_cpu(made):
    said = run(["-cpu", "pentium3", *drive(made[1])], until="64-bit mode")
    assert "wrong machine: this CPU has no 64-bit mode" in said


def test_loader_missing(made, tmp_path):
    image = broken(made[1], tmp_path, [(64 * SECTOR, bytes(2 * SECTOR))])
    said = run(drive(image), until="MBR says")
    assert "copper: the loader is not where the MBR says" in said


@pytest.mark.parametrize("via", ["bios", "kernel"])
def test_message_on_screen(made, tmp_path, via):
    """What goes to the serial port stands on the screen too, which is in text mode."""
    image = broken(made[1], tmp_path, [(BOOT_FIRST * SECTOR, bytes(SECTOR))])
    serial, screen = tmp_path / "serial", tmp_path / "screen"
    serial.touch()
    process = subprocess.Popen(
        ["qemu-system-x86_64", "-display", "none", "-serial", f"file:{serial}", "-nic", "none",
         "-monitor", "stdio", *map(str, [*firmware(via), *drive(image)])],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline and b"restart" not in serial.read_bytes():
            time.sleep(0.05)
        process.stdin.write(f"pmemsave 0xb8000 4000 \"{screen}\"\nquit\n")
        process.stdin.flush()
        process.wait(timeout=TIMEOUT_S)
    finally:
        process.kill()
    shown = screen.read_bytes()[::2].decode("cp437")
    assert "no FAT file system on the boot partition" in shown
    assert "Press a key to restart" in shown
