/* SPDX-License-Identifier: MIT */
/*
 * What people are told about a program: lines to its complain(), which say whose they are if others
 * complain there, too. Names come from modules and may
 * hold anything: only printable ASCII and well-formed UTF-8 get through, and a line has a limit.
 *
 *   trap: out of bounds memory access (address 0x20000)
 *     at #0 fill (func 12) +0x1234
 *     at #1 wasi_snapshot_preview1: fd_write (func 86) +0x3af1
 *     ... the same 4 times more
 */
#include "unit.h"
#include <base/format.h>
#include <base/string.h>

constexpr size_t LINE_MAX = 400;
constexpr size_t NAME_MAX = 120; /* bytes of a function's name */

struct line {
    char bytes[LINE_MAX];
    size_t size;
};

static void line_put(void *context, const char *bytes, size_t size) {
    struct line *line = context;
    for (size_t i = 0; i < size && line->size < LINE_MAX - 1; i++) {
        line->bytes[line->size++] = bytes[i];
    }
}

/* Control characters, of the second set too, could do things to the terminal of whoever reads. */
static void make_harmless(struct line *line) {
    bool utf8 = utf8_valid((const uint8_t *)line->bytes, line->size);
    line->bytes[line->size] = 0;
    for (size_t i = 0; i < line->size; i++) {
        uint8_t byte = (uint8_t)line->bytes[i], next = (uint8_t)line->bytes[i + 1];
        if (byte < ' ' || byte == 0x7F || (byte >= 0x80 && !utf8)) {
            line->bytes[i] = '?';
        } else if (byte == 0xC2 && next < 0xA0) {
            line->bytes[i] = line->bytes[i + 1] = '?';
        }
    }
}

void program_complain(const struct program *program, const char *format, ...) {
    struct line line;
    line.size = 0;
    if (program->is_ward) { /* else nobody would know whose it is */
        format_to(line_put, &line, "%s: ", process_name(program->process));
    }
    va_list arguments;
    va_start(arguments, format);
    format_list(line_put, &line, format, arguments);
    va_end(arguments);
    make_harmless(&line);
    program->plan.complain(program->plan.data, line.bytes);
}

/* Where in a memory of the program a fault struck; false: nowhere in one. A checked access that was
 * out of bounds faults just behind the memory, wherever it was to be: then that is not told. */
static bool find_address(const struct program *program, uintptr_t fault, uint64_t *out) {
    if (program->plan.memory_mode == MEMORY_CHECKED) {
        return false;
    }
    for (size_t i = 0; i < program->unit_count; i++) {
        const struct memory *memory = program->units[i].memory;
        if (memory != nullptr && fault >= (uintptr_t)memory->base &&
            fault - (uintptr_t)memory->base < memory->reserved_size) {
            *out = fault - (uintptr_t)memory->base;
            return true;
        }
    }
    return false;
}

static void report_what(const struct program *program, enum trap trap) {
    const struct import *unknown = program->unknown_called;
    uint64_t address;
    if (trap == TRAP_UNKNOWN_IMPORT && unknown != nullptr) {
        program_complain(program, "trap: %s (%.*s.%.*s)", trap_text(trap),
                         (int)unknown->module.size, unknown->module.bytes, (int)unknown->name.size,
                         unknown->name.bytes);
    } else if (trap == TRAP_MEMORY_OUT_OF_BOUNDS &&
               find_address(program, program->context->trap_address, &address)) {
        program_complain(program, "trap: %s (address 0x%llx)", trap_text(trap),
                         (unsigned long long)address);
    } else {
        program_complain(program, "trap: %s", trap_text(trap));
    }
}

/* Frames of adapters are marked with the name of the adapter. */
static const char *adapter_of(const struct program *program, const struct module *module) {
    for (size_t i = 1; i < program->unit_count; i++) {
        if (program->units[i].module == module) {
            return program->units[i].name;
        }
    }
    return "";
}

static void report_frame(const struct program *program, size_t number, const struct frame *frame) {
    struct text name = module_function_name(frame->module, frame->function);
    const char *adapter = adapter_of(program, frame->module);
    size_t size = name.size < NAME_MAX ? name.size : NAME_MAX;
    program_complain(program, "  at #%zu %s%s%.*s%s(func %u) +0x%x", number, adapter,
                     adapter[0] != 0 ? ": " : "", (int)size, name.bytes, size > 0 ? " " : "",
                     frame->function, frame->offset);
}

/* How many frames, from the first on, are in the same place: runaway recursion is told in short. */
static size_t count_same(const struct frame *frames, size_t count) {
    size_t same = 1;
    while (same < count && frames[same].module == frames[0].module &&
           frames[same].function == frames[0].function && frames[same].offset == frames[0].offset) {
        same++;
    }
    return same;
}

void program_report_trap(const struct program *program, enum trap trap) {
    struct frame frames[PROGRAM_TRACE_MAX + 1];
    report_what(program, trap);
    size_t found = context_trace(program->context, frames, PROGRAM_TRACE_MAX + 1);
    size_t count = found < PROGRAM_TRACE_MAX ? found : PROGRAM_TRACE_MAX;
    for (size_t i = 0, step; i < count; i += step) {
        size_t same = count_same(&frames[i], count - i);
        step = same > 2 ? same : 1;
        report_frame(program, i, &frames[i]);
        if (step > 1) {
            program_complain(program, "  ... the same %zu times more", same - 1);
        }
    }
    if (found > PROGRAM_TRACE_MAX) {
        program_complain(program, "  and more");
    }
}
