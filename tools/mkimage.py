#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a bootable disk image: GPT with hybrid MBR, the loader, and a FAT boot partition.

The layout is described in boot/include/boot/layout.h and doc/boot.md. Needs mtools (mformat, mmd,
mcopy), no root. The same input gives the same bytes. Writes a temporary file beside OUT and renames
it, so OUT is never half written.
"""
import argparse
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import uuid
import zlib

SECTOR = 512
LOADER_FIRST, LOADER_LAST, LOADER_SECTORS_MAX = 64, 191, 127
BOOT_FIRST = 2048
TABLE_SECTORS = 33  # header and 128 entries
SIZE_MIN = 64 << 20
SYSTEM_PARTITION = uuid.UUID("C12A7328-F81F-11D2-BA4B-00A0C93EC93B")
BIOS_PARTITION = uuid.UUID("21686148-6449-6E6F-744E-656564454649")
NAMESPACE = uuid.UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")
ATTRIBUTE_BOOT = 1 << 2
CONFIG_MAX = 4095


class Refused(Exception):
    """The input does not fit together; the text says why."""


def guid(name):
    return uuid.uuid5(NAMESPACE, "copper image " + name).bytes_le


def table_entry(kind, name, first, last, attributes):
    return struct.pack("<16s16sQQQ72s", kind.bytes_le, guid(name), first, last, attributes,
                       name.encode("utf-16-le"))


def table_header(own, other, entries_at, sectors, entries):
    fields = struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, 0, 0, own, other,
                         1 + TABLE_SECTORS, sectors - 1 - TABLE_SECTORS, guid("disk"), entries_at,
                         128, 128, zlib.crc32(entries))
    return (fields[:16] + struct.pack("<I", zlib.crc32(fields)) + fields[20:]).ljust(SECTOR, b"\0")


def write_tables(image, sectors, boot_last):
    entries = (table_entry(SYSTEM_PARTITION, "boot", BOOT_FIRST, boot_last, ATTRIBUTE_BOOT) +
               table_entry(BIOS_PARTITION, "loader", LOADER_FIRST, LOADER_LAST, 0))
    entries = entries.ljust(128 * 128, b"\0")
    image.seek(SECTOR)
    image.write(table_header(1, sectors - 1, 2, sectors, entries) + entries)
    image.seek((sectors - TABLE_SECTORS) * SECTOR)
    image.write(entries + table_header(sectors - 1, 1, sectors - TABLE_SECTORS, sectors, entries))


def mbr_entry(active, kind, first, count):
    unknown = b"\xfe\xff\xff"  # cylinder, head, sector: as with any disk of today
    return (struct.pack("<B3sB3sII", 0x80 if active else 0, unknown, kind, unknown, first, count))


def master_boot_record(boot, loader, boot_last):
    if len(boot) != SECTOR:
        raise Refused(f"the boot sector has {len(boot)} bytes, not {SECTOR}")
    loader_sectors = -(-len(loader) // SECTOR)
    if loader_sectors > LOADER_SECTORS_MAX:
        raise Refused(f"the loader has {loader_sectors} sectors, at most {LOADER_SECTORS_MAX} fit")
    record = bytearray(boot)
    struct.pack_into("<IH", record, 0x1B0, LOADER_FIRST, loader_sectors)
    record[0x1B8:0x1BC] = guid("disk")[:4]
    record[0x1BE:0x1CE] = mbr_entry(True, 0x0E, BOOT_FIRST, boot_last - BOOT_FIRST + 1)
    record[0x1CE:0x1DE] = mbr_entry(False, 0xEE, 1, BOOT_FIRST - 1)
    return record


def mtools(program, *arguments):
    # A fixed time and no questions; the image has no real geometry.
    environment = dict(os.environ, MTOOLS_SKIP_CHECK="1", SOURCE_DATE_EPOCH="946684800", TZ="UTC",
                       PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    done = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        raise Refused(f"{program}: {done.stderr.strip() or 'failed'}")


def make_file_system(path, count, files):
    """Formats and fills the boot partition; FAT16 as long as that can hold it."""
    where = f"{path}@@{BOOT_FIRST * SECTOR}"
    wide = ["-F"] if count > 0x3F_FFFF else []
    mtools("mformat", "-i", where, "-T", str(count), "-h", "255", "-s", "63", "-H",
           str(BOOT_FIRST), "-N", "C0BBE200", "-v", "COPPER", *wide, "::")
    made = set()
    for target, source in files:
        for folder in reversed(pathlib.PurePosixPath(target).parents):
            if str(folder) != "." and folder not in made:
                made.add(folder)
                mtools("mmd", "-i", where, f"::{folder}")
        mtools("mcopy", "-i", where, str(source), f"::{target}")


def choose_size(wanted, content):
    """A power of two, as QEMU's SD cards want it, with room for the tables and the FATs."""
    need = content + content // 64 + (4 << 20)
    size = SIZE_MIN
    while size < need:
        size *= 2
    if wanted == "auto":
        return size
    chosen = int(wanted) << 20
    if chosen < need or chosen & (chosen - 1):
        raise Refused(f"--size {wanted}: must be a power of two, in MiB, of at least {size >> 20}")
    return chosen


def write_image(arguments, image, path):
    boot, loader = arguments.boot.read_bytes(), arguments.loader.read_bytes()
    files = [("BOOTBOOT/CONFIG", arguments.config), ("BOOTBOOT/X86_64", arguments.initrd)]
    for added in arguments.add:
        source, _, target = added.partition("=")
        if not source or not target:
            raise Refused(f"--add {added}: want HOSTFILE=/PATH")
        files.append((target.strip("/"), pathlib.Path(source)))
    config_size = arguments.config.stat().st_size
    if config_size > CONFIG_MAX:
        raise Refused(f"{arguments.config} has {config_size} bytes, at most {CONFIG_MAX} are allowed")
    size = choose_size(arguments.size, sum(source.stat().st_size for _, source in files))
    sectors = size // SECTOR
    boot_last = sectors - 1 - 2048  # as far from the end as from the start
    image.truncate(size)
    image.write(master_boot_record(boot, loader, boot_last))
    write_tables(image, sectors, boot_last)
    image.seek(LOADER_FIRST * SECTOR)
    image.write(loader)
    image.flush()
    make_file_system(path, boot_last - BOOT_FIRST + 1, files)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--boot", required=True, type=pathlib.Path, help="the MBR's code: boot.bin")
    parser.add_argument("--loader", required=True, type=pathlib.Path, help="loader.bin")
    parser.add_argument("--config", required=True, type=pathlib.Path)
    parser.add_argument("--initrd", required=True, type=pathlib.Path)
    parser.add_argument("--add", action="append", default=[], metavar="HOSTFILE=/PATH",
                        help="one more file of the boot partition")
    parser.add_argument("--size", default="auto", help="MiB, a power of two (default: what fits)")
    arguments = parser.parse_args()
    handle, path = tempfile.mkstemp(prefix=arguments.out.name + ".", dir=arguments.out.parent)
    try:
        with os.fdopen(handle, "r+b") as image:
            write_image(arguments, image, path)
        os.chmod(path, 0o644)
        os.replace(path, arguments.out)
    except (Refused, OSError) as reason:
        os.unlink(path)
        print(f"mkimage: {reason}", file=sys.stderr)
        return 1
    except BaseException:
        os.unlink(path)
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main())
