#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Times a machine from power-on to its prompt: Copper beside the distribution's cloud kernel, whose
initramfs holds a busybox shell and nothing else.

Both are started by QEMU's -kernel on the same emulated machine, in turns; the least of several counts,
since others may be busy on this one. Each says as little as it can on its serial line before the
prompt. "From its first line": from the first byte that the kernel itself sends, once more with a
kernel that speaks, so without what QEMU and its firmware take.

usage: boot.py --linux VMLINUZ --busybox FILE --loader IMG --image IMG --prompt TEXT [--runs N]
"""
import argparse
import gzip
import os
import select
import subprocess
import tempfile
import time

LIMIT_S = 120
INIT = b"""#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
exec /bin/busybox setsid /bin/busybox sh -c 'exec /bin/busybox sh -i </dev/ttyS0 >/dev/ttyS0 2>&1'
"""
LINUX_PROMPT = b"# "


def cpio_entry(name, mode, data=b""):
    """One entry of a newc archive."""
    fields = [0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
    header = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    return header + bytes(-len(header) % 4) + data + bytes(-len(data) % 4)


def initramfs(busybox):
    entries = [cpio_entry("dev", 0o040755), cpio_entry("bin", 0o040755),
               cpio_entry("bin/busybox", 0o100755, busybox), cpio_entry("init", 0o100755, INIT),
               cpio_entry("TRAILER!!!", 0)]
    return gzip.compress(b"".join(entries))


def until_prompt(command, prompt):
    """Seconds from the start of QEMU to the prompt, and from the first byte on the line to it."""
    begin, first, seen = time.perf_counter(), None, b""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as machine:
        try:
            while prompt not in seen:
                ready, _, _ = select.select([machine.stdout], [], [], LIMIT_S)
                data = os.read(machine.stdout.fileno(), 65536) if ready else b""
                if not data:
                    raise SystemExit(f"no prompt: {' '.join(command)}\n{seen.decode(errors='replace')}")
                first = first or time.perf_counter()
                seen = seen[-4096:] + data
            end = time.perf_counter()
        finally:
            machine.kill()
    return end - begin, end - first


def machine(memory, *more):
    return ["qemu-system-x86_64", "-accel", "tcg", "-m", memory, "-nodefaults", "-no-user-config",
            "-no-reboot", "-display", "none", "-serial", "stdio", *more]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("linux", "busybox", "loader", "image", "prompt"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.NamedTemporaryFile() as archive:
        with open(options.busybox, "rb") as file:
            archive.write(initramfs(file.read()))
        archive.flush()
        linux = machine("512M", "-kernel", options.linux, "-initrd", archive.name, "-append")
        guests = {
            "copper": (machine("512M", "-kernel", options.loader, "-drive",
                               f"file={options.image},format=raw,if=ide,snapshot=on"),
                       options.prompt.encode()),
            "linux": ([*linux, "console=ttyS0 quiet"], LINUX_PROMPT),
            "linux, speaking": ([*linux, "console=ttyS0 earlyprintk=ttyS0"], LINUX_PROMPT),
        }
        least = {name: (float("inf"), float("inf")) for name in guests}
        for _ in range(options.runs):
            for name, guest in guests.items():
                least[name] = tuple(map(min, least[name], until_prompt(*guest)))
    ours, theirs = least["copper"], (least["linux"][0], least["linux, speaking"][1])
    for what, our, their in zip(("power-on to prompt", "first line to prompt"), ours, theirs):
        print(f"{what:22} Copper {our * 1000:6.0f} ms   Linux {their * 1000:6.0f} ms   {their / our:5.1f} x")


if __name__ == "__main__":
    main()
