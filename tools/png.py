#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""png.py PICTURE.ppm PICTURE.png: QEMU's screenshots (PPM, 8 bits) as PNG, losslessly."""

import re
import struct
import sys
import zlib


def read_ppm(contents):
    """(width, height, bytes of red, green and blue by rows)."""
    header = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", contents)
    if not header:
        raise ValueError("no PPM of 8 bits")
    width, height = int(header[1]), int(header[2])
    pixels = contents[header.end():]
    if len(pixels) != width * height * 3:
        raise ValueError(f"{len(pixels)} bytes of pixels for {width}x{height}")
    return width, height, pixels


def chunk(kind, contents):
    return (struct.pack(">I", len(contents)) + kind + contents +
            struct.pack(">I", zlib.crc32(kind + contents)))


def indexed(pixels):
    """(palette, an index per pixel), or None when there are more than 256 colours."""
    triples = [pixels[at:at + 3] for at in range(0, len(pixels), 3)]
    palette = sorted(set(triples))
    if len(palette) > 256:
        return None
    numbers = {colour: number for number, colour in enumerate(palette)}
    return b"".join(palette), bytes(numbers[triple] for triple in triples)


def write_png(width, height, pixels):
    """Text has few colours: then a palette makes the picture small."""
    small = indexed(pixels)
    palette, rows, size = (*small, width) if small else (b"", pixels, 3 * width)
    lines = b"".join(b"\0" + rows[at:at + size] for at in range(0, len(rows), size))
    head = struct.pack(">IIBBBBB", width, height, 8, 3 if small else 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) +
            (chunk(b"PLTE", palette) if small else b"") +
            chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b""))


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: tools/png.py PICTURE.ppm PICTURE.png")
    with open(sys.argv[1], "rb") as file:
        picture = write_png(*read_ppm(file.read()))
    with open(sys.argv[2], "wb") as file:
        file.write(picture)


if __name__ == "__main__":
    main()
