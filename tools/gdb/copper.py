# SPDX-License-Identifier: MIT
"""For gdb, beside the kernel's symbols: WebAssembly in backtraces.

Compiled code keeps no frame pointers and no debug information: how to unwind it, and what its functions
are called, is read from the engine's own structures in the memory of the machine that is debugged
(engine/include/engine/code.h, context.h; the frames are drawn in doc/engine.md). A way goes like this:

    gate_call            kernel stack
    <gate>               context->kernel_sp; goes on at context->process_sp
    puts, ..., _start    process stack: each frame_size bytes, then the return address
    <entry>              context->kernel_sp again: what context_go() has saved
    program_finish       kernel stack

gdb takes a stack that jumps down for a broken one. So frames on a process stack are all given out as
lying where the program was entered on the kernel stack, and told apart by their real place.
"""

import gdb
from gdb.FrameDecorator import FrameDecorator
from gdb.unwinder import Unwinder

PAGE = 4096  # CODE_PAGE of engine/include/engine/private.h
GROUP = 64  # engine/code/arena.c
FUNCTION_NAMES = 1  # subsection of the section "name"
# What context_go() saves, in words from context->kernel_sp (engine/target/x86_64/stub.c).
ENTRY_SAVED = {"r15": 1, "r14": 2, "r13": 3, "r12": 4, "rbp": 5, "rbx": 6, "rip": 7}
ENTRY_WORDS = 8


def word_at(address):
    return int.from_bytes(gdb.selected_inferior().read_memory(address, 8).tobytes(), "little")


def contexts():
    """The contexts that cores are running now: struct context values."""
    current = gdb.parse_and_eval("'kernel/port/running.c'::current")
    if current.type.strip_typedefs().code == gdb.TYPE_CODE_ARRAY:
        low, high = current.type.range()
        pointers = [current[i] for i in range(low, high + 1)]
    else:
        pointers = [current]
    return [pointer.dereference() for pointer in pointers if int(pointer) != 0]


class Code:
    """What of an engine lies at an address: a function's code, or a stub."""

    def __init__(self, engine, pc, pointer):
        self.engine, self.pc = engine, pc
        self.code = pointer.dereference() if int(pointer) != 0 else None
        self.start = int(self.code["start"]) if self.code is not None else None

    def site(self, pc):
        """(module's byte offset, is it a call): the last site at or before an address."""
        sites, low, high = self.code["sites"], 0, int(self.code["site_count"])
        while low < high:
            middle = (low + high) // 2
            if int(sites[middle]["pc"]) <= pc - self.start:
                low = middle + 1
            else:
                high = middle
        return int(sites[low - 1]["offset"]) if low > 0 else None

    def is_entry(self):
        stubs = self.engine["stubs"]  # what a program's first function returns to
        return 0 <= self.pc - int(stubs["finish"]) < int(stubs["finish_size"])


def pointer_to(kind, value):
    return value.cast(gdb.lookup_type(f"struct {kind}").pointer())


def code_at(arena, pc):
    """As code_find() in engine/code/code.c does it; a null pointer where no function's code lies."""
    number = (pc - int(arena["base"])) // PAGE
    code = pointer_to("code", gdb.Value(0))
    if number // GROUP >= int(arena["groups_open"]):
        return code
    group = pointer_to("code_page", arena["groups"][number // GROUP])
    start, page = int(arena["base"]) + number * PAGE, group[number % GROUP]
    code = pointer_to("code", page["first"])
    while int(code) != 0 and pc < int(code["start"]) and start <= int(code["start"]):
        code = pointer_to("code", code["next"])
    if int(code) == 0 or int(code["start"]) < start:
        code = pointer_to("code", page["across"])
    if int(code) != 0 and int(code["start"]) <= pc < int(code["start"]) + int(code["size"]):
        return code
    return pointer_to("code", gdb.Value(0))


def find_code(pc):
    """None where nothing of an engine lies."""
    for context in contexts():
        engine = context["engine"].dereference()
        arena = engine["arena"]
        if 0 <= pc - int(arena["base"]) < int(arena["frontier"]) * PAGE:
            return Code(engine, pc, code_at(arena, pc))
    return None


# ---- names ----


def leb(data, at):
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at


def read_names(data):
    """{function: name} of a section "name"; as far as it makes sense."""
    names, at = {}, 0
    try:
        while at < len(data):
            kind, (size, at) = data[at], leb(data, at + 1)
            if kind == FUNCTION_NAMES:
                count, at = leb(data, at)
                for _ in range(count):
                    function, at = leb(data, at)
                    length, at = leb(data, at)
                    names[function] = data[at:at + length].decode("utf-8", "replace")
                    at += length
                break
            at += size
    except IndexError:
        pass
    return names


known_names = {}


def function_name(module, function):
    section = module["name_section"]
    start = int(module["bytes"]) + int(section["start"])
    key = start, int(section["size"])
    if key not in known_names:
        data = gdb.selected_inferior().read_memory(*key).tobytes() if key[1] else b""
        known_names[key] = read_names(data)
    return known_names[key].get(function, "")


def describe(code, pc):
    if code.code is None:
        return "<entry>" if code.is_entry() else "<gate>"
    function = int(code.code["function"])
    offset = code.site(pc)
    where = f", offset {offset:#x}" if offset is not None else ""
    return f"{function_name(code.code['module'], function)} [wasm function {function}{where}]"


# ---- frames ----


def address_value(address):
    return gdb.Value(address).cast(gdb.lookup_type("unsigned long"))


class FrameId:
    def __init__(self, sp, pc, special):
        self.sp, self.pc, self.special = map(address_value, (sp, pc, special))


class WasmUnwinder(Unwinder):
    def __init__(self):
        super().__init__("copper-wasm")

    def __call__(self, pending):
        try:
            return self.unwind(pending)
        except gdb.error:
            return None  # no kernel yet, or nothing that can be read

    def unwind(self, pending):
        pc = int(pending.read_register("rip")) & (1 << 64) - 1
        code = find_code(pc)
        if code is None:
            return None
        sp = int(pending.read_register("rsp")) & (1 << 64) - 1
        for context in contexts():
            if sp == int(context["kernel_sp"]):
                return self.gate(pending, context, pc)
            if int(context["stack_base"]) <= sp <= int(context["stack_top"]):
                return self.wasm(pending, context, code, pc, sp)
        return None

    def info(self, pending, context, pc, sp, caller):
        """`caller`: registers of the caller, of which all others are the same, or not known."""
        kernel_sp = int(context["kernel_sp"])
        info = pending.create_unwind_info(FrameId(kernel_sp, pc, sp))
        for name, value in caller.items():
            info.add_saved_register(name, address_value(value))
        return info

    def gate(self, pending, context, pc):
        """C code was called from compiled code: by a gate, a helper, or to compile."""
        sp = int(context["process_sp"])
        return self.info(pending, context, pc, 0, {"rip": word_at(sp), "rsp": sp + 8})

    def wasm(self, pending, context, code, pc, sp):
        if code.code is None and code.is_entry():
            kernel_sp = int(context["kernel_sp"])
            saved = {name: word_at(kernel_sp + 8 * at) for name, at in ENTRY_SAVED.items()}
            return self.info(pending, context, pc, sp,
                             {**saved, "rsp": kernel_sp + 8 * ENTRY_WORDS})
        up = sp
        if code.code is not None and pc - code.start >= int(code.code["prologue_size"]):
            up += int(code.code["frame_size"])
        return self.info(pending, context, pc, sp, {"rip": word_at(up), "rsp": up + 8})


class WasmFrame(FrameDecorator):
    def __init__(self, frame, name):
        super().__init__(frame)
        self.name = name

    def function(self):
        return self.name


class WasmFilter:
    """Names the frames that gdb has no symbols for."""

    def __init__(self):
        self.name, self.priority, self.enabled = "copper-wasm", 100, True
        gdb.frame_filters[self.name] = self

    def filter(self, frames):
        for frame in frames:
            if frame.inferior_frame().pc() != 0:  # what the kernel was entered from
                yield self.decorate(frame)

    def decorate(self, frame):
        pc = frame.inferior_frame().pc()
        try:
            code = find_code(pc)
            return frame if code is None else WasmFrame(frame, describe(code, pc))
        except gdb.error:
            return frame


gdb.unwinder.register_unwinder(None, WasmUnwinder(), replace=True)
WasmFilter()
