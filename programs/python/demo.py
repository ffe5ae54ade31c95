# SPDX-License-Identifier: MIT
"""What the tests let CPython do: parse, hash, match, compute. Prints nothing that differs from one
run to the next. The first argument names a text file to read."""

import hashlib
import json
import math
import re
import sys
from collections import Counter
from fractions import Fraction


def primes(limit):
    sieve = bytearray([1]) * (limit + 1)
    sieve[0:2] = b"\0\0"
    for n in range(2, math.isqrt(limit) + 1):
        if sieve[n]:
            sieve[n * n :: n] = bytes(len(range(n * n, limit + 1, n)))
    return [n for n, is_prime in enumerate(sieve) if is_prime]


def queens(size, row=0, columns=0, left=0, right=0):
    if row == size:
        return 1
    count = 0
    for column in range(size):
        bit = 1 << column
        if not (columns & bit or left & bit or right & bit):
            count += queens(size, row + 1, columns | bit, (left | bit) << 1, (right | bit) >> 1)
    return count


def main():
    print("Python", sys.version.split()[0], "on", sys.platform)
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    words = Counter(re.findall(r"[a-z]{5,}", text.lower()))
    print("lines:", text.count("\n"), "sha256:", hashlib.sha256(text.encode()).hexdigest())
    print(json.dumps({"words": words.most_common(5), "different": len(words)}, indent=1))
    print("primes below 20000:", len(found := primes(20000)), "the last", found[-1])
    print("queens(6):", queens(6))
    print("2**400 mod 10**20:", pow(2, 400, 10**20))
    print("harmonic(60):", sum(Fraction(1, n) for n in range(1, 61)))
    print("sin(1):", math.sin(1), "0.1 + 0.2:", 0.1 + 0.2)
    try:
        json.loads('{"broken": ')
    except json.JSONDecodeError as error:
        print("caught:", error)
    with open("/tmp/demo.json", "w", encoding="utf-8") as file:
        json.dump(words, file)
    with open("/tmp/demo.json", encoding="utf-8") as file:
        print("read back:", Counter(json.load(file)) == words)


main()
