# SPDX-License-Identifier: MIT
"""The walls, tested by running into them: modules that fault on purpose, on Linux and on a machine.
Each must end as it should, and the machine must be there afterwards to say so."""

import re

import pytest
from conftest import BUILD

BOTH = ["run", "boot"]
MEMORY = '(memory (export "memory") 1)'
WASI = '(import "wasi_snapshot_preview1"'
FD_WRITE = f'{WASI} "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))'


def start(body):
    return f'(func (export "_start") {body})'


def access(instruction, *operands):
    """An access with index and offset as large as they get."""
    drop = "drop" if "load" in instruction else ""
    far = f"({instruction} offset=0xFFFFFFFF (i32.const 0xFFFFFFFF) {' '.join(operands)})"
    return MEMORY + start(f"({drop} {far})" if drop else far)


def locals_used(count):
    """A function that calls itself for ever with so many locals alive over the call."""
    names = "".join(f"(local.set {i} (i64.add (local.get 0) (i64.const {i})))"
                    for i in range(1, count))
    sums = "".join(f"(local.set 0 (i64.xor (local.get 0) (local.get {i})))" for i in range(1, count))
    return (f"(func $f (param i64) (result i64) (local {'i64 ' * (count - 1)}) {names}"
            f"(drop (call $f (local.get 0))) {sums} (local.get 0))"
            + start("(drop (call $f (i64.const 1)))"))


OUT_OF_BOUNDS = "out of bounds memory access"
STACK = "call stack exhausted"

TRAPS = {
    # Guards of memories.
    "load8-far": (access("i32.load8_u"), OUT_OF_BOUNDS + r" \(address 0x1fffffffe\)"),
    "load64-far": (access("i64.load"), OUT_OF_BOUNDS),
    "loadf64-far": (access("f64.load"), OUT_OF_BOUNDS),
    "store8-far": (access("i32.store8", "(i32.const 1)"), OUT_OF_BOUNDS),
    "store64-far": (access("i64.store", "(i64.const 1)"), OUT_OF_BOUNDS),
    "storef64-far": (access("f64.store", "(f64.const 1)"), OUT_OF_BOUNDS),
    "no-memory-at-all": ('(memory (export "memory") 0)' + start("(drop (i32.load8_u (i32.const 0)))"),
                         OUT_OF_BOUNDS + r" \(address 0x0\)"),
    "last-byte-and-one-beyond": (MEMORY + start("""
        (if (i32.ne (memory.grow (i32.const 3)) (i32.const 1)) (then unreachable))
        (i32.store8 (i32.const 0x3FFFF) (i32.const 7))
        (if (i32.ne (i32.load8_u (i32.const 0x3FFFF)) (i32.const 7)) (then unreachable))
        (i32.store8 (i32.const 0x40000) (i32.const 7))"""), OUT_OF_BOUNDS + r" \(address 0x40000\)"),
    "across-the-end": (MEMORY + start("(drop (i64.load (i32.const 0xFFF9)))"), OUT_OF_BOUNDS),
    "fill-across-the-end": (MEMORY + start(
        "(memory.fill (i32.const 0xFFFF) (i32.const 1) (i32.const 2))"), OUT_OF_BOUNDS),
    "fill-everything": (MEMORY + start(
        "(memory.fill (i32.const 1) (i32.const 1) (i32.const 0xFFFFFFFF))"), OUT_OF_BOUNDS),
    "copy-from-beyond": (MEMORY + start(
        "(memory.copy (i32.const 0) (i32.const 0xFFFFFFFF) (i32.const 1))"), OUT_OF_BOUNDS),
    "greedy": (MEMORY + """
        (func $grow (result i32) (memory.grow (i32.const 16)))"""
               + start("""(local $page i32)
        (loop (br_if 0 (i32.ne (call $grow) (i32.const -1))))
        (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
        (local.set $page (memory.size))
        (if (i32.gt_u (local.get $page) (i32.const 1024)) (then (local.set $page (i32.const 1024))))
        (loop
          (local.set $page (i32.sub (local.get $page) (i32.const 1)))
          (i32.store (i32.shl (local.get $page) (i32.const 16)) (i32.const 1))
          (br_if 0 (local.get $page)))
        unreachable"""), "unreachable"),
    # Stacks.
    "recursion": ("(func $f (result i32) (i32.add (i32.const 1) (call $f)))"
                  + start("(drop (call $f))"), STACK),
    "recursion-3000-locals": (locals_used(3000), STACK),
    "recursion-40000-locals": (locals_used(40000), STACK),
    "recursion-indirect": ("""(type $t (func)) (table 1 1 funcref) (elem (i32.const 0) $f)
        (func $f (call_indirect (type $t) (i32.const 0)) (call_indirect (type $t) (i32.const 0)))"""
                           + start("(call $f)"), STACK),
    "recursion-into-gates": ('(import "copper" "time_get" (func $time (result i64)))' + MEMORY + """
        (func $f (drop (call $time)) (call $f) (drop (call $time)))""" + start("(call $f)"), STACK),
    "recursion-into-bulk": (MEMORY + """(func $f (param i32)
        (memory.fill (i32.const 0) (i32.const 1) (i32.const 5000))
        (memory.copy (i32.const 9) (i32.const 1) (local.get 0))
        (call $f (local.get 0))
        (memory.copy (i32.const 9) (i32.const 1) (local.get 0)))""" + start("(call $f (i32.const 99))"),
                            STACK),
    "recursion-into-the-adapter": (FD_WRITE + MEMORY + """
        (func $f (if (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))
                   (then unreachable))
          (call $f) (call $f))""" + start("(call $f)"), STACK),
    "recursion-into-the-compiler": ("".join(
        f"(func $f{i} (call $f{(i + 1) % 50}) (call $f{(i + 7) % 50}))" for i in range(50))
                                    + start("(call $f0)"), STACK),
    # Calls.
    "indirect-null": ("(type $t (func)) (table 4 4 funcref)"
                      + start("(call_indirect (type $t) (i32.const 3))"), "uninitialized element"),
    "indirect-null-growing": ("(type $t (func)) (table 4 funcref)"
                              + start("(call_indirect (type $t) (i32.const 3))"),
                              "uninitialized element"),
    "indirect-beyond": ("(type $t (func)) (table 4 4 funcref)"
                        + start("(call_indirect (type $t) (i32.const -1))"), "undefined element"),
    "indirect-beyond-growing": ("(type $t (func)) (table 4 funcref)"
                                + start("(call_indirect (type $t) (i32.const 4))"),
                                "undefined element"),
    "indirect-mismatch": ("""(type $t (func (param i64))) (table 1 funcref) (elem (i32.const 0) $f)
        (func $f (param i32))""" + start("(call_indirect (type $t) (i64.const 1) (i32.const 0))"),
                          "indirect call type mismatch"),
    "indirect-gate-mismatch": ("""(import "copper" "time_get" (func $time (result i64)))
        (type $t (func (result i32))) (table 1 funcref) (elem (i32.const 0) $time)"""
                               + start("(drop (call_indirect (type $t) (i32.const 0)))"),
                               "indirect call type mismatch"),
    "table-beyond": ("(table 4 funcref)" + start(
        "(table.set 0 (i32.const 4) (ref.null func))"), "out of bounds table access"),
    "table-fill-everything": ("(table 4 funcref)" + start(
        "(table.fill 0 (i32.const 1) (ref.null func) (i32.const -1))"), "out of bounds table access"),
    # Gates: the trap is the caller's, whatever it points at.
    "gate-call-request": ('(import "copper" "call" (func $g (param i32 i32 i32) (result i32)))'
                          + MEMORY + start("(drop (call $g (i32.const 0) (i32.const 0xFFA9) (i32.const 0)))"),
                          "bad pointer"),
    "gate-call-reply": ('(import "copper" "call" (func $g (param i32 i32 i32) (result i32)))'
                        + MEMORY + start("(drop (call $g (i32.const 0) (i32.const 0) (i32.const -1)))"),
                        "bad pointer"),
    "gate-payload": ('(import "copper" "send" (func $g (param i32 i32 i64 i64) (result i32)))'
                     + MEMORY + start("""
        (i32.store (i32.const 48) (i32.const 0xFFFFFFF0)) (i32.store (i32.const 52) (i32.const 0x20))
        (drop (call $g (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 0)))"""), "bad pointer"),
    "gate-no-memory": ('(import "copper" "handle_mint" (func $g (param i64 i32) (result i32)))'
                       + start("(drop (call $g (i64.const 0) (i32.const 0)))"), "bad pointer"),
    "gate-birth": ('(import "copper" "birth" (func $g (param i32 i32) (result i32)))' + MEMORY
                   + start("(drop (call $g (i32.const 0xFFF8) (i32.const 0xFFFF)))"), "bad pointer"),
}


@pytest.mark.parametrize("mode", ["guard", "checked"])
@pytest.mark.parametrize("command", BOTH)
@pytest.mark.parametrize("name", TRAPS)
def test_trap(name, command, mode, copper, wat):
    """The trap is the program's, and told; the status is 134. A checked access faults elsewhere, so its
    address is not told."""
    module, trap = TRAPS[name]
    if mode == "checked":
        trap = trap.split(r" \(address")[0]
    done = copper(command, "--memory-mode", mode, wat(f"(module {module})"))
    told = done.stderr.decode()
    assert done.returncode == 134, told
    assert re.search(rf"^copper: trap: {trap}", told, re.MULTILINE), told



def leaf(count):
    """Calls nothing, and has so many locals in its frame: up to 4 KiB no depth is checked."""
    names = "".join(f"(local.set {i} (i64.add (local.get 0) (i64.const {i})))" for i in range(1, count))
    sums = "".join(f"(local.set 0 (i64.xor (local.get 0) (local.get {i})))" for i in range(1, count))
    return (f"(func $leaf (param i64) (result i64) (local {'i64 ' * (count - 1)}) {names} {sums}"
            "(local.get 0))", "(drop (call $leaf (i64.const 3)))")


# What is done at every depth, down to where no frame fits any more. Each is (definitions, action).
DEEDS = {
    "gate": ('(import "copper" "time_get" (func $time (result i64)))' + MEMORY, "(drop (call $time))"),
    "gate-with-arguments": ('(import "copper" "send" (func $send (param i32 i32 i64 i64) (result i32)))'
                            + MEMORY, """(drop (call $send (i32.const 99) (i32.const 0) (i64.const 0)
                                                 (i64.const 0)))"""),
    "copy": (MEMORY, "(memory.copy (i32.const 9) (i32.const 1) (i32.const 99))"),
    "copy-large": (MEMORY, "(memory.copy (i32.const 9) (i32.const 1) (i32.const 5000))"),
    "fill": (MEMORY, "(memory.fill (i32.const 9) (i32.const 1) (i32.const 99))"),
    "fill-large": (MEMORY, "(memory.fill (i32.const 9) (i32.const 1) (i32.const 5000))"),
    "helper": (MEMORY, "(drop (memory.grow (i32.const 0)))"),
    "helper-with-arguments": (MEMORY + '(data $d "abcdef")', """(memory.init $d (i32.const 1)
                                                  (i32.const 2) (i32.const 3))"""),
    "leaf": leaf(1),
    "leaf-of-a-page": leaf(520),
    "leaf-of-two-pages": leaf(1000),
    "indirect": ("""(type $t (func)) (table 1 1 funcref) (elem (i32.const 0) $g) (func $g)""",
                 "(call_indirect (type $t) (i32.const 0))"),
}


@pytest.mark.parametrize("command", BOTH)
@pytest.mark.parametrize("odd", [0, 1])
@pytest.mark.parametrize("deed", DEEDS)
def test_at_every_depth(deed, odd, command, copper, wat):
    """Frames as small as they get lead to each place of the stack, with a word more before them too:
    whatever is done there is done, or is the program's trap."""
    definitions, action = DEEDS[deed]
    kept = "(local $kept i64) (local.set $kept (i64.extend_i32_u (call $one)))" if odd else ""
    used = "(if (i64.eqz (local.get $kept)) (then unreachable))" if odd else ""
    module = wat(f"""(module {definitions} (func $one (result i32) (i32.const 1))
        (func $f {action} (call $f)) {start(f"{kept} (call $f) {used}")})""")
    done = copper(command, module)
    told = done.stderr.decode()
    assert done.returncode == 134, told
    assert re.search(rf"^copper: trap: {STACK}$", told, re.MULTILINE), told
    assert re.search(r"at #[01] f \(func", told), told


def lazily(depth):
    """So many frames of 32 KiB and then 6000 small ones, each of a function never called before."""
    names = "".join(f"(local.set {i} (i64.add (local.get 0) (i64.const {i})))" for i in range(1, 4096))
    sums = "".join(f"(local.set 0 (i64.xor (local.get 0) (local.get {i})))" for i in range(1, 4096))
    chain = "".join(f"(func $c{i} (call $c{i + 1}))" for i in range(6000)) + "(func $c6000)"
    return f"""(module {chain} (func $deep (param i64 i32) (result i64) (local {'i64 ' * 4094})
        (if (i32.eqz (local.get 1)) (then (call $c0) (return (i64.const 0))))
        {names.replace("(local.set 1 (i64.add (local.get 0) (i64.const 1)))", "")}
        (drop (call $deep (local.get 0) (i32.sub (local.get 1) (i32.const 1))))
        {sums.replace("(local.set 0 (i64.xor (local.get 0) (local.get 1)))", "")} (local.get 0))
        {start(f"(drop (call $deep (i64.const 1) (i32.const {depth})))")})"""


@pytest.mark.parametrize("command", BOTH)
def test_compiler_at_every_depth(command, copper, wat):
    """The first call of a function where the stack ends: a depth is looked for from which the functions
    that are compiled on the way reach the end."""
    low, high = 0, 400  # the small frames end on the stack; the large ones do not
    while high - low > 1:
        middle = (low + high) // 2
        done = copper(command, wat(lazily(middle)))
        told = done.stderr.decode()
        assert done.returncode in (0, 134), told
        if done.returncode == 134:
            assert re.search(rf"^copper: trap: {STACK}$", told, re.MULTILINE), told
            if re.search(r"at #0 c\d+ ", told):
                return
        low, high = (middle, high) if done.returncode == 0 else (low, middle)
    pytest.fail(f"{low} frames are too few, {high} too many")


FUNCTIONS = f"""
    {WASI} "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    {WASI} "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
    {WASI} "path_open" (func $path_open
      (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    {WASI} "random_get" (func $random_get (param i32 i32) (result i32)))
    {WASI} "args_get" (func $args_get (param i32 i32) (result i32)))
    {WASI} "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
    {WASI} "fd_readdir" (func $readdir (param i32 i32 i32 i64 i32) (result i32)))
    {WASI} "proc_exit" (func $exit (param i32)))"""
EFAULT = 21


def all_fail(error, *calls):
    """Leaves with the number of the first call that does not return the error; 42: none."""
    return "".join(f"(if (i32.ne {call} (i32.const {error})) (then (call $exit (i32.const {i}))))"
                   for i, call in enumerate(calls, 1)) + "(call $exit (i32.const 42))"


ENDS = {
    # What a program tells the adapter is checked there; the program goes on.
    "wasi-bad-pointers": FUNCTIONS + MEMORY
    + r'(data (i32.const 8) "\ff\ff\ff\ff\02\00\00\00" "\f0\ff\ff\ff\20\00\00\00")'
    + start(all_fail(
        EFAULT,
        "(call $fd_write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 0))",
        "(call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 0))",
        "(call $fd_write (i32.const 1) (i32.const -8) (i32.const 1) (i32.const 0))",
        "(call $fd_write (i32.const 1) (i32.const 0) (i32.const -1) (i32.const 0))",
        "(call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const -4))",
        "(call $random_get (i32.const 0xFFFF) (i32.const 2))",
        "(call $random_get (i32.const 2) (i32.const -1))",
        "(call $args_get (i32.const -4) (i32.const 0))",
        "(call $poll (i32.const -48) (i32.const 0) (i32.const 1) (i32.const 0))",
        "(call $readdir (i32.const 3) (i32.const 0xFFFF) (i32.const 400) (i64.const 0)"
        " (i32.const 0))",
        "(call $path_open (i32.const 3) (i32.const 0) (i32.const -1) (i32.const 1) (i32.const 0)"
        " (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 0))")),
    # Exit from below: in the start function, under frames of program and adapter.
    "exit-in-start": FUNCTIONS + MEMORY + """(start $first)
        (func $first (call $deep (i32.const 100)))
        (func $deep (param i32)
          (if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1))))
            (else (call $exit (i32.const 42)))))""" + start("unreachable"),
    # Every page promised to a program that then still calls and is still served.
    "greedy-and-served": FUNCTIONS + MEMORY + start("""
        (loop (br_if 0 (i32.ne (memory.grow (i32.const 64)) (i32.const -1))))
        (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
        (i32.store (i32.const 0) (i32.const 8)) (i32.store (i32.const 4) (i32.const 0))
        (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
        (call $exit (i32.const 42))"""),
    # Nothing is left, neither for the kernel's heap nor for handles; new code is still compiled.
    "starved": '''
      (import "copper" "handle_mint" (func $mint (param i64 i32) (result i32)))
      (import "copper" "exit" (func $exit (param i32)))
      (memory (export "memory") 1) (table 1 funcref)
      (func $fresh (result i32) (memory.grow (i32.const 1)))''' + start('''
      (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
      (loop (br_if 0 (i32.ne (table.grow 0 (ref.null func) (i32.const 1)) (i32.const -1))))
      (loop (br_if 0 (i32.eqz (call $mint (i64.const 1) (i32.const 0)))))
      (drop (call $fresh))
      (call $exit (i32.const 42))'''),
    # Its memory is the adapter's own, and exported as the program's.
    "borrowed-memory": f"""{FUNCTIONS} {WASI} "memory" (memory 0)) (export "memory" (memory 0))"""
    + start("""(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
               (drop (call $random_get (i32.const 0) (i32.const 0x10000)))
               (call $exit (i32.const 42))"""),
}


@pytest.mark.parametrize("command", BOTH)
@pytest.mark.parametrize("name", ENDS)
def test_end(name, command, copper, wat):
    """No trap at all: the program leaves by its own exit(42)."""
    options = ["--dir", "."] if command == "run" else []
    done = copper(command, *options, wat(f"(module {ENDS[name]})"))
    assert done.returncode == 42, done.stderr.decode()


@pytest.mark.parametrize("command", BOTH)
@pytest.mark.parametrize("seed", range(3))
def test_gates_at_random(seed, command, copper, tmp_path):
    """A hundred thousand gates entered with whatever there is (test/guest/gates.c): nothing gives."""
    options = ["--dir", f"{tmp_path}::/"] if command == "run" else []
    done = copper(command, *options, BUILD / "test" / "gates.wasm", str(seed))
    assert done.returncode == 42, done.stderr.decode()


def leb(number):
    more = bytes([number & 0x7F | (0x80 if number > 0x7F else 0)])
    return more + leb(number >> 7) if number > 0x7F else more


def section(number, content):
    return bytes([number]) + leb(len(content)) + content


DEEP = {"blocks": b"\x02\x40" * 60000 + b"\x0b" * 60000,
        "operands": b"\x41\x01" * 60000 + b"\x6a" * 59999 + b"\x1a"}


@pytest.mark.parametrize("command", BOTH)
@pytest.mark.parametrize("name", DEEP)
def test_depth(name, command, copper, tmp_path):
    """Code that is nested deep costs the compiler no stack: the kernel's is small."""
    code = b"\0" + DEEP[name] + b"\0\x0b"  # no locals; ends in unreachable
    module = tmp_path / "deep.wasm"
    module.write_bytes(b"\0asm\x01\0\0\0" + section(1, b"\x01\x60\0\0") + section(3, b"\x01\0")
                       + section(7, b"\x01\x06_start\0\0")
                       + section(10, b"\x01" + leb(len(code)) + code))
    done = copper(command, module)
    assert done.returncode == 134 and b"trap: unreachable" in done.stderr, done.stderr.decode()
