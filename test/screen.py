# SPDX-License-Identifier: MIT
"""The screen of a machine: taken by QMP as a PPM, and read back as text by comparing each cell with
the glyphs of the console's font. The font file is read here on its own, not by what is tested."""

import functools
import json
import pathlib
import socket
import sys
import time

from conftest import BUILD, ROOT, TIMEOUT_S

sys.path.insert(0, str(ROOT / "tools"))
from png import read_ppm, write_png  # noqa: E402

FONT = BUILD / "font" / "Uni2-Terminus16.psf"
WIDTH, HEIGHT = 8, 16


@functools.cache
def read_font():
    """{rows of a glyph: character} of a PSF1 file; of those that share it the first, or U+FFFD."""
    contents = FONT.read_bytes()
    assert contents[:2] == b"\x36\x04" and contents[3] == HEIGHT
    count = 512 if contents[2] & 1 else 256
    words = memoryview(contents)[4 + count * HEIGHT:].cast("H")
    characters, glyph = {}, 0
    for word in words:
        if word == 0xFFFF:
            glyph += 1
        elif word != 0xFFFE:
            rows = contents[4 + glyph * HEIGHT:4 + (glyph + 1) * HEIGHT]
            others = characters.get(rows, "\uffff")
            if others != "\ufffd" and (word < ord(others) or word == 0xFFFD):
                characters[rows] = chr(word)
    return characters


class Picture:
    """A screenshot by cells. Of each cell: its character and its colours."""

    def __init__(self, ppm, scale=1):
        self.width, self.height, self.pixels = read_ppm(ppm)
        self.font, self.scale = read_font(), scale
        self.seen = {}
        self.rows = [[self.cell(column, row) for column in range(self.width // WIDTH // scale)]
                     for row in range(self.height // HEIGHT // scale)]

    def cell(self, column, row):
        high, wide = HEIGHT * self.scale, 3 * WIDTH * self.scale
        lines = []
        for y in range(row * high, row * high + high):
            start = 3 * y * self.width + column * wide
            lines.append(self.pixels[start:start + wide])
        picture = b"".join(lines)
        if picture not in self.seen:
            self.seen[picture] = self.read(lines)
        return self.seen[picture]

    def read(self, lines):
        assert all(lines[at] == lines[at - at % self.scale] for at in range(len(lines)))
        lines = [[line[at:at + 3] for at in range(0, len(line), 3)] for line in lines[::self.scale]]
        assert all(line[at] == line[at - at % self.scale] for line in lines
                   for at in range(len(line)))
        lines = [line[::self.scale] for line in lines]
        colours = sorted({pixel for line in lines for pixel in line})
        for background in colours:
            glyph = bytes(sum(0x80 >> x for x in range(WIDTH) if line[x] != background)
                          for line in lines)
            if len(colours) <= 2 and glyph in self.font:
                others = [colour for colour in colours if colour != background]
                return self.font[glyph], others[0].hex() if others else None, background.hex()
        return "\0", None, None

    def save(self, name):
        """As build/pictures/NAME.png; `make pictures` makes those of the documentation of them."""
        folder = BUILD / "pictures"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.png").write_bytes(write_png(self.width, self.height, self.pixels))

    def text(self):
        """All rows as lines of text; a cell that holds no character of the font is a NUL."""
        lines = ["".join(cell[0] for cell in row).rstrip() for row in self.rows]
        return "\n".join(lines).rstrip() + "\n"

    def colours(self, text):
        """(foregrounds, backgrounds) of where the text stands first."""
        for row in self.rows:
            at = "".join(cell[0] for cell in row).find(text)
            if at >= 0:
                found = row[at:at + len(text)]
                return {cell[1] for cell in found} - {None}, {cell[2] for cell in found}
        raise AssertionError(f"{text!r} is not on the screen:\n{self.text()}")


class Monitor:
    """QEMU's own command line; `arguments` make QEMU open it."""

    def __init__(self, folder):
        self.path = pathlib.Path(folder) / "monitor"
        self.arguments = ["-qmp", f"unix:{self.path},server=on,wait=off"]
        self.shot = pathlib.Path(folder) / "screen.ppm"

    def ask(self, file, **request):
        file.write(json.dumps(request).encode() + b"\n")
        file.flush()
        for line in file:
            answer = json.loads(line)
            assert "error" not in answer, answer
            if "return" in answer:
                return
        raise AssertionError("QEMU is gone")

    def connect(self):
        """QEMU may not be there yet."""
        end = time.monotonic() + TIMEOUT_S
        while True:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(TIMEOUT_S)
            try:
                connection.connect(str(self.path))
                return connection
            except (FileNotFoundError, ConnectionRefusedError):
                connection.close()
                assert time.monotonic() < end, "QEMU opened no monitor"
                time.sleep(0.05)

    def command(self, name, **arguments):
        with self.connect() as connection:
            with connection.makefile("rwb") as file:
                self.ask(file, execute="qmp_capabilities")
                self.ask(file, execute=name, arguments=arguments)

    def screen(self, scale=1):
        self.command("screendump", filename=str(self.shot))
        return Picture(self.shot.read_bytes(), scale)

    def screen_with(self, text, scale=1):
        """The first screenshot that shows the text: serial lines come before they are drawn."""
        end = time.monotonic() + TIMEOUT_S
        while True:
            picture = self.screen(scale)
            if text in picture.text():
                return picture
            assert time.monotonic() < end, f"{text!r} never came:\n{picture.text()}"
            time.sleep(0.2)
