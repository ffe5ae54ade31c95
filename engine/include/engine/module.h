/* SPDX-License-Identifier: MIT */
/*
 * struct module: an immutable, validated WebAssembly module, and the slots of its functions.
 *
 * Whoever makes one, module_create() or module_open(), validates everything (specification 2.0,
 * chapters 3 and 5), but for the bodies of functions where that is put off until they are called
 * (struct module_source). A module borrows its bytes: they must stay and not change until
 * module_destroy(). Index spaces hold imports first, as in the specification. All arrays belong to
 * the module.
 */
#pragma once
#include <abi/status.h>
#include <base/bytes.h>
#include <base/string.h>
#include <stddef.h>
#include <stdint.h>

struct engine;

/* As encoded (specification 5.3). TYPE_ANY is the validator's unknown; it never leaves it. */
enum value_type : uint8_t {
    TYPE_I32 = 0x7F,
    TYPE_I64 = 0x7E,
    TYPE_F32 = 0x7D,
    TYPE_F64 = 0x7C,
    TYPE_FUNCREF = 0x70,
    TYPE_EXTERNREF = 0x6F,
    TYPE_ANY = 0,
};

/* Interned by the engine: two equal types are one object, so pointers compare types across modules.
 */
struct function_type {
    uint32_t parameter_count;
    uint32_t result_count;
    const enum value_type *parameters; /* the results follow directly */
    const enum value_type *results;
};

struct limits {
    uint32_t minimum;
    uint32_t maximum; /* UINT32_MAX when not given, for tables; memories: at most 65536 */
    bool has_maximum;
};

/* How code reaches the memories that its module defines; doc/engine.md. An imported memory may be
 * of either mode, so code that reaches one always checks. */
enum memory_mode : uint8_t {
    MEMORY_GUARD,   /* address space for any index and offset is reserved: what is outside faults */
    MEMORY_CHECKED, /* each access is held against the size first: little address space */
};

struct table_type {
    struct limits limits; /* elements */
    enum value_type element;
};

struct memory_type {
    struct limits limits; /* pages of 64 KiB */
};

struct global_type {
    enum value_type type;
    bool mutable;
};

enum external_kind : uint8_t {
    EXTERNAL_FUNCTION = 0,
    EXTERNAL_TABLE = 1,
    EXTERNAL_MEMORY = 2,
    EXTERNAL_GLOBAL = 3,
};

/* Names are borrowed from the module's bytes; they may hold NUL. */
struct import {
    struct text module;
    struct text name;
    enum external_kind kind;
    uint32_t index; /* in the index space of its kind */
};

struct export {
    struct text name;
    enum external_kind kind;
    uint32_t index;
};

/* A constant expression: mostly one instruction; one of several (extended constants) stays in the
 * module's bytes. */
struct constant {
    enum : uint8_t {
        CONSTANT_VALUE,
        CONSTANT_GLOBAL,
        CONSTANT_REF_NULL,
        CONSTANT_REF_FUNC,
        CONSTANT_EXPRESSION,
    } kind;
    enum value_type type; /* TYPE_ANY until validation: of a global or an expression */
    uint64_t value;       /* bits of the number; index of the global or function; offset of the
                             expression's first instruction */
};

struct global {
    struct global_type type;
    struct constant initial; /* defined globals only */
};

enum segment_mode : uint8_t { SEGMENT_ACTIVE, SEGMENT_PASSIVE, SEGMENT_DECLARATIVE };

struct element_segment {
    enum segment_mode mode;
    enum value_type type;
    uint32_t table;
    struct constant offset;
    uint32_t count;
    const struct constant *items;
};

struct data_segment {
    enum segment_mode mode;
    uint32_t memory;
    struct constant offset;
    uint32_t start; /* in the module's bytes */
    uint32_t size;
};

/* Where the code of a defined function lies in the module's bytes: locals, expression, end; and
 * what validation finds out: how much of each it needs, and what the compiler wants to know. */
struct body {
    uint32_t start;
    uint32_t size;
    const uint8_t *notes;   /* facts.h; the module's. NULL: not yet validated */
    uint32_t local_count;   /* with parameters */
    uint32_t operand_depth; /* most values on the operand stack */
    uint32_t control_depth; /* most nested blocks, the function's own included */
};

/* One word per defined function: the code that runs when it is called. Shared by all
 * instances. Read by compiled code with a plain load, published with a release store. */
typedef _Atomic(const void *) slot_t;

struct module {
    struct engine *engine;
    const uint8_t *bytes;
    size_t size;
    enum memory_mode memory_mode;
    bool bodies_later; /* see struct module_source */

    uint32_t type_count;
    const struct function_type *const *types;

    uint32_t import_count;
    const struct import *imports;
    uint32_t imported_functions, imported_tables, imported_memories, imported_globals;

    uint32_t function_count, table_count, memory_count, global_count; /* with the imported */
    const uint32_t *function_types;                                   /* per function: type index */
    const struct table_type *tables;
    const struct memory_type *memories;
    const struct global *globals;

    uint32_t export_count;
    const struct export *exports;
    uint32_t element_count;
    const struct element_segment *elements;
    uint32_t data_count;
    const struct data_segment *datas;
    bool has_start;
    uint32_t start_function;

    const struct body *bodies;          /* per defined function */
    const uint64_t *declared_functions; /* bit set: functions that ref.func may name */
    struct bytes_range {
        uint32_t start, size;
    } name_section; /* custom section "name"; size 0 when there is none. Hostile: see name.h */

    slot_t *slots; /* per defined function; first the engine's lazy-compile stub of its index */
    struct instance_layout *layout; /* instance.h */
    struct code *codes;             /* compiled functions, newest first; code.h */
};

/* What is wrong with a module, and where. */
struct module_error {
    size_t offset;     /* in the bytes */
    uint32_t function; /* UINT32_MAX when outside of code */
    bool invalid;      /* decoded but not valid; false: malformed, or over a limit */
    char text[160];
};

/* Limits of this implementation (specification appendix A.2 allows them); beyond is malformed. */
constexpr uint32_t LIMIT_TYPES = 1'000'000;
constexpr uint32_t LIMIT_FUNCTIONS = 1'000'000;
constexpr uint32_t LIMIT_IMPORTS = 1'000'000;
constexpr uint32_t LIMIT_EXPORTS = 1'000'000;
constexpr uint32_t LIMIT_GLOBALS = 1'000'000;
constexpr uint32_t LIMIT_SEGMENTS = 1'000'000;
constexpr uint32_t LIMIT_TABLES = 100'000;
constexpr uint32_t LIMIT_MEMORIES = 100;
constexpr uint32_t LIMIT_TABLE_ELEMENTS =
    10'000'000; /* grow beyond fails; declared beyond, in all tables together: no instance */
constexpr uint32_t LIMIT_PARAMETERS = 1'000;
constexpr uint32_t LIMIT_RESULTS = 1'000;
constexpr uint32_t LIMIT_LOCALS = 50'000;
constexpr uint32_t LIMIT_OPERANDS = 256 * 1024; /* at once in a function */
constexpr uint32_t LIMIT_CONTROLS = 256 * 1024; /* nested blocks, the function's own included */
constexpr uint32_t LIMIT_CONSTANT_DEPTH = 64;   /* operands at once in a constant expression */
constexpr uint32_t LIMIT_BODY_SIZE = 7'654'321;

constexpr uint32_t PAGE_SIZE_WASM = 64 * 1024;
constexpr uint32_t MEMORY_PAGES_MAX = 65536;

/* Decodes and validates. On failure *error says where and why and nothing is left behind.
 * ERR_CORRUPT: malformed or invalid. ERR_NO_MEMORY: the world's fault. */
status_t module_create(struct engine *engine, const void *bytes, size_t size, enum memory_mode mode,
                       struct module_error *error, struct module **out);
/* No instance of it may be alive. */
void module_destroy(struct module *module);

/* Where a module to be opened comes from. */
struct module_source {
    const void *bytes;
    size_t size;
    enum memory_mode memory_mode;
    bool stays; /* the bytes stay as they are until engine_destroy(); else the cache copies them */
    /* Each body is validated only before it is compiled, which specification A.2 allows: the call
     * of one that is not valid traps. Else one that is not valid refuses the whole module. */
    bool bodies_later;
};

/* As module_create(), but shared: the same source is one module, with the code
 * that was compiled before, as long as somebody has it open or the cache has room for it. The bytes
 * themselves are compared. To be closed as often as it is opened. Without a cache the bytes must
 * stay until it is closed. */
status_t module_open(struct engine *engine, const struct module_source *source,
                     struct module_error *error, struct module **out);
/* No instance that was made since it was opened may be alive. */
void module_close(struct module *module);

/* The type of any function, imported or defined. */
static inline const struct function_type *module_function_type(const struct module *module,
                                                               uint32_t function) {
    return module->types[module->function_types[function]];
}

/* Finds an export by name; NULL when there is none. Constant time. */
const struct export *module_export_find(const struct module *module, struct text name);

/* The name of a function from the name section, else the name under which it is exported, else
 * empty. Borrowed from the bytes; linear in the size of the section (for traces, not for hot
 * paths). */
struct text module_function_name(const struct module *module, uint32_t function);

/* The names of the name section for who asks for ascending functions: linear for all together. */
struct function_names {
    struct bytes rest;
    uint32_t left, function;
    struct text name;
};
void function_names_init(struct function_names *names, const struct module *module);
/* Empty: it has none there. */
struct text function_names_find(struct function_names *names, uint32_t function);
