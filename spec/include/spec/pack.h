/* SPDX-License-Identifier: MIT */
/*
 * Scripts of the specification's test suite in a form that needs no JSON and no files beside it, so
 * that a kernel can run what Linux runs. host/spec/pack.c writes it, spec/ runs it. Numbers are
 * little endian, and nothing is aligned:
 *
 *   pack      script*
 *   script    size:u32 of what follows, source:text (the name in messages), command*
 *   text      size:u32 byte*; SPEC_NONE as its size: none is given
 *   command   kind:u8 line:u32
 *             name:text      of the instance or definition that it makes; for REGISTER: that it
 * means other:text     REGISTER: what it is imported as; INSTANCE: its definition; MODULE and what
 * takes one: the file it was; UNKNOWN: the type expected:text  of a trap or refusal module:text the
 * module's bytes; none: the file was not there action:u8 module:text field:text argument:list
 *             result:list
 *             trace:list     of a trap's frames, innermost first: function and offset in turn
 *   list      count:u32 value*
 *   value     kind:u8 bits:u64
 *
 * Every command has all fields, so that there is one way to read them. A reference to a function or
 * of the host n is the word n + 1, because 0 is null.
 */
#pragma once
#include <stdint.h>

enum spec_kind : uint8_t {
    SPEC_MODULE,
    SPEC_DEFINITION,
    SPEC_INSTANCE,
    SPEC_REGISTER,
    SPEC_ACTION,
    SPEC_RETURN,
    SPEC_TRAP,
    SPEC_MALFORMED,
    SPEC_INVALID,
    SPEC_UNLINKABLE,
    SPEC_UNINSTANTIABLE,
    SPEC_SKIP, /* exceptions, threads, the text format, custom sections, which a runner may skip */
    SPEC_UNKNOWN, /* a failure */
};

enum spec_action : uint8_t { SPEC_NO_ACTION, SPEC_INVOKE, SPEC_GET };

/* What a result must be; of an argument only SPEC_EXACT makes sense. The two kinds of NaN:
 * specification 2.2.3. */
enum spec_value_kind : uint8_t {
    SPEC_EXACT, /* these bits */
    SPEC_CANONICAL_F32,
    SPEC_CANONICAL_F64,
    SPEC_ARITHMETIC_F32,
    SPEC_ARITHMETIC_F64,
    SPEC_ANY_NAN_F32,
    SPEC_ANY_NAN_F64,
    SPEC_NOT_NULL,
    SPEC_EITHER, /* one of the next `bits` values */
    SPEC_STRANGE /* not understood: no argument, and no result is it */
};

constexpr uint32_t SPEC_NONE = UINT32_MAX;
constexpr uint32_t SPEC_VALUE_SIZE = 9; /* bytes */
