#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What messages of 64 bytes take, on one core, beside Linux processes and Erlang's: nanoseconds of CPU time
and ratios, of one run. What is measured stands in bench/message/message.c. Without Erlang (erlang-base) its
columns stay empty.

usage: message.py --erlang FOLDER MESSAGE POST.wasm
FOLDER has message.beam, if anything.
"""
import argparse
import pathlib
import shutil
import subprocess

COUNT = "1000000"
TEXTS = {"call": "call and answer", "one": "send, one to one", "many": "send, 100 to one",
         "ring": "send, ring of 1,000"}


def lines(command):
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {name: float(ns) for name, ns in (line.split() for line in told.splitlines())}


def erlang(folder):
    if not shutil.which("erl") or not (folder / "message.beam").exists():
        return {}
    return lines(["erl", "-noshell", "+S", "1", "+SDcpu", "1", "+SDio", "1", "-pa", str(folder),
                  "-s", "message", "main", COUNT])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--erlang", type=pathlib.Path)
    parser.add_argument("message")
    parser.add_argument("post")
    options = parser.parse_args()
    ours, theirs = lines([options.message, options.post, COUNT]), erlang(options.erlang)
    pipe = ours.pop("pipe")
    print("| 64 bytes, one core | Copper | Erlang / Copper | pipes of Linux / Copper |")
    print("|---|---|---|---|")
    for name, ns in ours.items():
        beside = f"{theirs[name] / ns:.2f}" if name in theirs else ""
        linux = f"{pipe / ns:.1f}" if name == "call" else ""
        print(f"| {TEXTS[name]} | {ns:.0f} ns | {beside} | {linux} |")


if __name__ == "__main__":
    main()
