# SPDX-License-Identifier: MIT
"""The boundary: the reference page says what the tables say, and servers built as wasm programs
import and export what the interface allows, and nothing else."""

import re

import pytest
from conftest import BUILD, ROOT, run

ABI = ROOT / "abi" / "include" / "abi"


def rows_of(text):
    """The rows of all tables of a page, as tuples of cells without code marks."""
    rows = re.findall(r"^\| (.*) \|$", text, re.M)
    return {tuple(cell.replace("`", "") for cell in row.split(" | ")) for row in rows}


def entries(name, macro, pattern):
    found = re.findall(rf"^{macro}\({pattern}\)$", (ABI / name).read_text(), re.M)
    assert len(found) > 8
    return found


@pytest.fixture(scope="module")
def page():
    return rows_of((ROOT / "doc" / "system.md").read_text())


def test_page_has_every_gate_and_no_other(page):
    gates = {(name, parameters or "none", results or "none", text) for name, parameters, results, text
             in entries("system.def", "GATE", r'(\w+), "(\w*)", "(\w*)", "(.*)"')}
    assert gates <= page
    assert {row for row in page if len(row) == 4} - {("gate", "parameters", "results", "")} == gates


@pytest.mark.parametrize("name, macro, prefix", [("status.def", "STATUS", ("OK", "ERR_")),
                                                 ("trap.def", "TRAP", ("TRAP_",))])
def test_page_has_every_code_and_no_other(page, name, macro, prefix):
    codes = set(entries(name, macro, r'(\w+), (-?\d+), "(.*)"'))
    assert codes <= page
    assert {row for row in page if len(row) == 3 and row[0].startswith(prefix)} == codes


def gate_imports():
    return {f"copper.{name}" for name in
            re.findall(r"^GATE\((\w+),", (ABI / "system.def").read_text(), re.M)}


@pytest.mark.parametrize("server", ["clock", "random", "console"])
def test_server_is_a_wasm_handler_as_well(server):
    module = BUILD / "user" / f"{server}.wasm"
    done = run(["wasm-validate", module])
    assert done.returncode == 0, done.stderr.decode()
    told = run(["wasm-objdump", "-x", module]).stdout.decode()
    imports = set(re.findall(r"<- (\S+)$", told, re.M))
    others = imports - gate_imports()
    assert "copper.reply" in imports
    assert others and all(re.fullmatch(r"device\.\w+", name) for name in others)
    exports = re.findall(r'-> "(\w+)"', told)
    assert sorted(exports) == ["handle", "memory", "start"]
    types = dict(re.findall(r"- type\[(\d+)\] (.*)$", told, re.M))
    signature = {name: types[number] for number, name in
                 re.findall(r"- func\[\d+\] sig=(\d+) <(\w+)>$", told, re.M)}
    assert signature.get("server_start") == "() -> i32"
    assert signature.get("server_handle") == "(i32) -> nil"
