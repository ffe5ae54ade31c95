#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Prints user/lib/edit/width.h: the characters that take no column and those that take two, by the
categories and East Asian widths of the Unicode that Python knows."""
import sys
import unicodedata

def width(c):
    if 0x1160 <= c <= 0x11FF or (unicodedata.category(chr(c)) in ('Mn', 'Me', 'Cf') and c != 0xAD):
        return 0
    return 2 if unicodedata.east_asian_width(chr(c)) in 'WF' else 1

def ranges(wanted):
    first = None
    for c in range(0x300, 0x110001):
        inside = c < 0x110000 and width(c) == wanted
        if inside and first is None:
            first = c
        elif not inside and first is not None:
            yield first, c - 1
            first = None

def main():
    print('/* SPDX-License-Identifier: MIT */')
    print(f'/* Made by tools/widths.py of Unicode {unicodedata.unidata_version}: ascending ranges of '
          'characters that take\n * no column, and two. */')
    print('#pragma once\n#include <stdint.h>\n')
    print('struct range {\n    uint32_t first, last;\n};\n')
    for name, wanted in ('narrowest', 0), ('widest', 2):
        print(f'static const struct range {name}[] = {{')
        print(''.join(f'{{0x{a:x}, 0x{b:x}}}, ' for a, b in ranges(wanted)))
        print('};\n')

sys.exit(main())
