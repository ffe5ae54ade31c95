# SPDX-License-Identifier: MIT
"""`copper spec` itself: a runner that cannot fail proves nothing, so each kind of command is given an
expectation that holds and one that does not."""

import json
import shutil

import pytest

MODULE = """(module $m
  (memory 1)
  (global (export "g") i32 (i32.const 7))
  (func (export "same") (param externref) (result externref) (local.get 0))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "nan") (result f32) (f32.const nan))
  (func (export "other-nan") (result f32) (f32.const nan:0x600001))
  (func (export "two") (result i32 i64) (i32.const 1) (i64.const -1))
  (func $trap (export "trap") unreachable)
  (func (export "inner") (call $trap))
  (func $deep (export "deep") (call $deep))
  (func (export "nul\\00name")))"""


def value(kind, bits):
    return {"type": kind, "value": str(bits)}


def call(field, *arguments, **more):
    return {"type": "invoke", "field": field, "args": list(arguments), **more}


@pytest.fixture
def script(copper, wat, tmp_path):
    """script(command, ...): runs them after a module; gives the lines and the exit status."""
    def run(*commands):
        shutil.copy(wat(MODULE), tmp_path / "m.wasm")
        binary = (tmp_path / "m.wasm").read_bytes()
        places = {"unreachable": binary.index(b"\3\0\0\x0b") + 2,
                  "call": binary.index(b"\4\0\x10\5\x0b") + 2}
        shutil.copy(wat('(module (import "nobody" "f" (func)))'), tmp_path / "import.wasm")
        shutil.copy(wat("(module (func $f unreachable) (start $f))"), tmp_path / "start.wasm")
        shutil.copy(wat('(module (import "spectest" "table" (table 10 20 funcref)))'),
                    tmp_path / "spectest.wasm")
        (tmp_path / "bad.wasm").write_bytes(b"\0asm\1\0\0\0\x0d\0")
        (tmp_path / "invalid.wasm").write_bytes(b"\0asm\1\0\0\0\x03\2\1\5\x0a\4\1\2\0\x0b")
        path = tmp_path / "s.json"
        module = {"type": "module", "line": 1, "filename": "m.wasm", "name": "$m"}
        numbered = [{"line": n, **c} for n, c in enumerate(commands, 2)]
        for one in numbered:
            if "trace" in one:
                one["trace"] = [places.get(word, word) for word in one["trace"]]
        path.write_text(json.dumps({"source_filename": "s.wast", "commands": [module, *numbered]}))
        done = copper("spec", path)
        return done.stdout.decode().splitlines(), done.returncode
    return run


GOOD = [
    {"type": "assert_return", "action": call("add", value("i32", 2), value("i32", 2**32 - 1)),
     "expected": [value("i32", 1)]},
    {"type": "assert_return", "action": call("nan"), "expected": [value("f32", "nan:canonical")]},
    {"type": "assert_return", "action": call("other-nan"),
     "expected": [value("f32", "nan:arithmetic")]},
    {"type": "assert_return", "action": call("two"),
     "expected": [value("i32", 1), value("i64", 2**64 - 1)]},
    {"type": "assert_return", "action": call("same", value("externref", 0)),
     "expected": [value("externref", 0)]},
    {"type": "assert_return", "action": call("same", value("externref", "null")),
     "expected": [{"type": "refnull"}]},
    {"type": "assert_return", "action": {"type": "get", "field": "g", "module": "$m"},
     "expected": [value("i32", 7)]},
    {"type": "assert_return", "action": call("nul\0name"), "expected": []},
    {"type": "assert_trap", "action": call("trap"), "text": "unreachable"},
    {"type": "assert_trap", "action": call("inner"), "text": "unreachable",
     "trace": [5, "unreachable", 6, "call"]},
    {"type": "assert_exhaustion", "action": call("deep"), "text": "call stack exhausted"},
    {"type": "action", "action": call("two")},
    {"type": "assert_malformed", "filename": "bad.wasm", "text": "malformed section id"},
    {"type": "assert_invalid", "filename": "invalid.wasm", "text": "unknown type"},
    {"type": "assert_unlinkable", "filename": "import.wasm", "text": "unknown import"},
    {"type": "assert_uninstantiable", "filename": "start.wasm", "text": "unreachable"},
    {"type": "module", "filename": "spectest.wasm"},
]

BAD = [
    {"type": "assert_return", "action": call("add", value("i32", 2), value("i32", 2)),
     "expected": [value("i32", 5)]},
    {"type": "assert_return", "action": call("other-nan"),
     "expected": [value("f32", "nan:canonical")]},
    {"type": "assert_return", "action": call("two"), "expected": [value("i32", 1)]},
    {"type": "assert_return", "action": call("two"),
     "expected": [value("i32", 1), value("i64", 1)]},
    {"type": "assert_return", "action": call("same", value("externref", 1)),
     "expected": [value("externref", 0)]},
    {"type": "assert_return", "action": call("same", value("externref", "null")),
     "expected": [{"type": "externref"}]},
    {"type": "assert_return", "action": call("trap"), "expected": []},
    {"type": "assert_return", "action": call("absent"), "expected": []},
    {"type": "assert_return", "action": call("nul"), "expected": []},
    {"type": "assert_return", "action": call("add", value("i32", 2)), "expected": []},
    {"type": "assert_trap", "action": call("two"), "text": "unreachable"},
    {"type": "assert_trap", "action": call("trap"), "text": "integer overflow"},
    {"type": "assert_trap", "action": call("inner"), "text": "unreachable",
     "trace": [5, "call"]},
    {"type": "assert_trap", "action": call("inner"), "text": "unreachable",
     "trace": [5, "unreachable", 5, "call"]},
    {"type": "assert_trap", "action": call("trap"), "text": "unreachable",
     "trace": [5, "unreachable", 6, "call"]},
    {"type": "assert_exhaustion", "action": call("trap"), "text": "call stack exhausted"},
    {"type": "action", "action": call("trap")},
    {"type": "action", "action": call("two", module="$absent")},
    {"type": "assert_malformed", "filename": "m.wasm", "text": ""},
    {"type": "assert_malformed", "filename": "invalid.wasm", "text": ""},
    {"type": "assert_malformed", "filename": "absent.wasm", "text": ""},
    {"type": "assert_invalid", "filename": "m.wasm", "text": ""},
    {"type": "assert_unlinkable", "filename": "m.wasm", "text": ""},
    {"type": "assert_uninstantiable", "filename": "m.wasm", "text": "unreachable"},
    {"type": "module", "filename": "import.wasm"},
    {"type": "module", "filename": "start.wasm"},
    {"type": "module", "filename": "bad.wasm"},
    {"type": "no_such_command"},
]


def test_what_holds_passes(script):
    lines, status = script(*GOOD)
    assert lines == [f"{len(GOOD) + 1} passed, 0 failed, 0 skipped"] and status == 0


@pytest.mark.parametrize("command", BAD, ids=range(len(BAD)))
def test_what_does_not_hold_fails(script, command):
    lines, status = script(command)
    assert len(lines) == 2 and lines[0].startswith("s.wast:2: ")
    assert lines[1] == "1 passed, 1 failed, 0 skipped" and status == 1


def test_what_uses_a_refused_module_is_skipped(script):
    lines, status = script(
        {"type": "module", "filename": "bad.wasm", "name": "$n", "needs": "gc"},
        {"type": "assert_return", "action": call("two"), "expected": []},
        {"type": "action", "action": call("two", module="$m")},
        {"type": "register", "as": "nobody", "name": "$n"},
        {"type": "assert_unlinkable", "filename": "import.wasm", "text": ""},
        {"type": "assert_malformed", "module_type": "text", "text": ""})
    assert lines[-1] == "2 passed, 1 failed, 4 skipped" and status == 1
    assert len(lines) == 2 and lines[0].startswith("s.wast:2: module refused: ")


def test_a_file_that_is_no_script(copper, tmp_path):
    (tmp_path / "x.json").write_text("{")
    assert copper("spec", tmp_path / "x.json").returncode == 2
    assert copper("spec", tmp_path / "absent.json").returncode == 2
