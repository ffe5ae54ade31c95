/* SPDX-License-Identifier: MIT */
/*
 * Modules: what an error says, and hostile ones that must cost no more than their size. The
 * specification's scripts test the rest. A quadratic answer to the large modules here would not end
 * in a test's time.
 */
#include "build.h"
#include "engine.h"

#include <engine/opcode.h>

static struct engine *engine;

/* Creates and destroys; the error of it. */
static struct module_error try_module(const struct build *build, status_t *status) {
    struct module_error error;
    struct module *module;
    uint8_t *exact = malloc(build->size);
    memcpy(exact, build->bytes, build->size);
    *status = module_create(engine, exact, build->size, MEMORY_GUARD, &error, &module);
    if (*status == OK) {
        module_destroy(module);
    }
    free(exact);
    return error;
}

static bool accepts(const struct build *build) {
    status_t status;
    struct module_error error = try_module(build, &status);
    if (status != OK) {
        fprintf(stderr, "%s at %zu in function %u\n", error.text, error.offset, error.function);
    }
    return status == OK;
}

static bool refuses(const struct build *build, size_t offset, bool invalid, const char *text) {
    status_t status;
    struct module_error error = try_module(build, &status);
    bool good = status == ERR_CORRUPT && error.offset == offset && error.invalid == invalid &&
                strncmp(error.text, text, strlen(text)) == 0;
    if (!good) {
        fprintf(stderr, "%s at %zu, invalid %d\n", error.text, error.offset, error.invalid);
    }
    return good;
}

/* A module of one function of type () -> (), whose body is given without its `end`. */
static struct build one_function(const struct build *body) {
    struct build module = build_module(), part = {}, code = {};
    BUILD(&part, 1, 0x60, 0, 0);
    build_section(&module, 1, &part);
    BUILD(&part, 1, 0);
    build_section(&module, 3, &part);
    build_bytes(&code, body->bytes, body->size);
    build_byte(&code, 0x0B);
    build_byte(&part, 1);
    build_part(&part, &code);
    build_section(&module, 10, &part);
    build_free(&part);
    build_free(&code);
    return module;
}

static void test_errors(void) {
    struct build module = build_module();
    CHECK(accepts(&module));
    BUILD(&module, 13, 0);
    CHECK(refuses(&module, 9, false, "malformed section id"));
    module.size = 8;
    BUILD(&module, 1, 2, 0, 0);
    CHECK(refuses(&module, 11, false, "section size mismatch"));
    module.size = 8;
    BUILD(&module, 3, 1, 0, 1, 1, 0);
    CHECK(refuses(&module, 12, false, "unexpected content after last section"));
    module.size = 8;
    BUILD(&module, 0, 3, 2, 0xC3, 0x28);
    CHECK(refuses(&module, 11, false, "malformed UTF-8"));
    module.size = 8;
    BUILD(&module, 3, 2, 1, 5, 10, 4, 1, 2, 0, 0x0B);
    CHECK(refuses(&module, 10, true, "unknown type"));
    module.size = 8;
    BUILD(&module, 7, 0x80);
    CHECK(refuses(&module, 10, false, "unexpected end"));
    module.size = 3;
    CHECK(refuses(&module, 0, false, "unexpected end"));
    build_free(&module);
}

static void test_body_errors(void) {
    struct build body = {};
    BUILD(&body, 0, 0x01, 0x6A);
    struct build module = one_function(&body);
    CHECK(refuses(&module, 24, true, "type mismatch: expected i32, found nothing"));
    build_free(&module);
    body.size = 0;
    BUILD(&body, 0, 0x42, 0, 0x45);
    module = one_function(&body);
    CHECK(refuses(&module, 25, true, "type mismatch: expected i32, found i64"));
    build_free(&module);
    body.size = 0;
    BUILD(&body, 0, 0x20, 7);
    module = one_function(&body);
    CHECK(refuses(&module, 23, true, "unknown local 7"));
    build_free(&module);
    body.size = 0;
    BUILD(&body, 0, 0x06);
    module = one_function(&body);
    CHECK(refuses(&module, 23, false, "illegal opcode"));
    build_free(&module);
    build_free(&body);
}

/* Many functions that each declare the most locals in one run, and use the last. */
static void test_locals(void) {
    enum : uint32_t { FUNCTIONS = 200'000 };
    struct build module = build_module(), part = {}, code = {};
    BUILD(&part, 1, 0x60, 0, 0);
    build_section(&module, 1, &part);
    build_u32(&part, FUNCTIONS);
    build_repeat(&part, 0, FUNCTIONS);
    build_section(&module, 3, &part);
    build_u32(&part, FUNCTIONS);
    for (uint32_t i = 0; i < FUNCTIONS; i++) {
        build_byte(&code, 2);
        build_u32(&code, LIMIT_LOCALS - 1);
        BUILD(&code, TYPE_I32, 1, TYPE_F64, 0x20);
        build_u32(&code, LIMIT_LOCALS - 1);
        BUILD(&code, 0x99, 0x1A, 0x0B);
        build_part(&part, &code);
    }
    build_section(&module, 10, &part);
    CHECK(accepts(&module));
    build_free(&module);
    build_free(&part);
    build_free(&code);
}

/* One more local than is allowed; and more than the specification can count. */
static void test_too_many_locals(void) {
    struct build body = {};
    BUILD(&body, 1);
    build_u32(&body, LIMIT_LOCALS + 1);
    BUILD(&body, TYPE_I32);
    struct build module = one_function(&body);
    CHECK(refuses(&module, 27, false, "too many locals for this"));
    build_free(&module);
    body.size = 0;
    BUILD(&body, 2, 1, TYPE_I32, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, TYPE_I64);
    module = one_function(&body);
    CHECK(refuses(&module, 31, false, "too many locals"));
    build_free(&module);
    build_free(&body);
}

/* A type of no parameters and the most results. */
static void build_wide_type(struct build *part) {
    BUILD(part, 2, 0x60, 0, 0, 0x60, 0);
    build_u32(part, LIMIT_RESULTS);
    build_repeat(part, TYPE_I32, LIMIT_RESULTS);
}

/* A br_table of very many labels, all to a block with the most results. */
static void test_br_table(void) {
    enum : uint32_t { LABELS = 3'000'000 };
    struct build module = build_module(), part = {}, code = {};
    build_wide_type(&part);
    build_section(&module, 1, &part);
    BUILD(&part, 1, 0);
    build_section(&module, 3, &part);
    BUILD(&code, 0, 0x02, 1, 0x00, 0x41, 0, 0x0E);
    build_u32(&code, LABELS);
    build_repeat(&code, 0, LABELS + 1);
    BUILD(&code, 0x0B, 0x00, 0x0B);
    build_byte(&part, 1);
    build_part(&part, &code);
    build_section(&module, 10, &part);
    CHECK(accepts(&module));
    build_free(&module);
    build_free(&part);
    build_free(&code);
}

/* As deep as is allowed, and one block more. */
static void test_nesting(void) {
    for (uint32_t more = 0; more < 2; more++) {
        uint32_t depth = LIMIT_CONTROLS - 1 + more;
        struct build body = {};
        BUILD(&body, 0);
        for (uint32_t i = 0; i < depth; i++) {
            BUILD(&body, i % 2 == 0 ? 0x02 : 0x03, 0x40);
        }
        build_byte(&body, 0x0C);
        build_u32(&body, depth);
        build_repeat(&body, 0x0B, depth);
        struct build module = one_function(&body);
        size_t last = module.size - 1 - depth - 4 - 2; /* end, ends, br, block */
        CHECK(more == 0 ? accepts(&module)
                        : refuses(&module, last, false, "blocks nested deeper than this"));
        build_free(&module);
        build_free(&body);
    }
}

/* As many operands as are allowed, and one more. */
static void test_operands(void) {
    for (uint32_t more = 0; more < 2; more++) {
        uint32_t count = LIMIT_OPERANDS + more;
        struct build body = {};
        BUILD(&body, 0);
        for (uint32_t i = 0; i < count; i++) {
            BUILD(&body, 0x41, 0);
        }
        build_repeat(&body, 0x1A, count);
        struct build module = one_function(&body);
        size_t last = module.size - 1 - count - 2; /* end, drops, constant */
        CHECK(more == 0 ? accepts(&module)
                        : refuses(&module, last, false, "more operands than this"));
        build_free(&module);
        build_free(&body);
    }
}

/* Two bytes of body, a call, give the most results: operands must not outgrow the body. */
static void test_wide_calls(void) {
    enum : uint32_t { CALLS = LIMIT_OPERANDS / LIMIT_RESULTS };
    for (uint32_t more = 0; more < 2; more++) {
        struct build module = build_module(), part = {}, code = {};
        build_wide_type(&part);
        build_section(&module, 1, &part);
        BUILD(&part, 2, 0, 1);
        build_section(&module, 3, &part);
        build_byte(&code, 0);
        for (uint32_t i = 0; i < CALLS + more; i++) {
            BUILD(&code, OPCODE_call, 1);
        }
        BUILD(&code, OPCODE_unreachable, OPCODE_end);
        build_byte(&part, 2);
        build_part(&part, &code);
        BUILD(&code, 0, OPCODE_unreachable, OPCODE_end);
        build_part(&part, &code);
        build_section(&module, 10, &part);
        size_t last = module.size - 4 - 2 - 2; /* function 1, unreachable and end, call */
        CHECK(more == 0 ? accepts(&module)
                        : refuses(&module, last, false, "more operands than this"));
        build_free(&module);
        build_free(&part);
        build_free(&code);
    }
}

/* An expression that holds the most operands at once, or one more. */
static void test_constants(void) {
    for (uint32_t more = 0; more < 2; more++) {
        uint32_t count = LIMIT_CONSTANT_DEPTH + more;
        struct build module = build_module(), part = {};
        BUILD(&part, 1, TYPE_I64, 0);
        for (uint32_t i = 0; i < count; i++) {
            BUILD(&part, OPCODE_i64_const, 1);
        }
        build_repeat(&part, OPCODE_i64_mul, count - 1);
        build_byte(&part, OPCODE_end);
        build_section(&module, 6, &part);
        size_t last = module.size - 1 - (count - 1) - 1; /* end, multiplications, operand */
        CHECK(more == 0 ? accepts(&module)
                        : refuses(&module, last, false, "constant expression deeper than"));
        build_free(&module);
        build_free(&part);
    }
}

/* Many types that are all the same, and many exports whose names share long beginnings. */
static void test_names(void) {
    enum : uint32_t { COUNT = 100'000 };
    struct build module = build_module(), part = {};
    build_u32(&part, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        BUILD(&part, 0x60, 1, TYPE_I64, 0);
    }
    build_section(&module, 1, &part);
    BUILD(&part, 1, TYPE_I32, 0, 0x41, 0, 0x0B);
    build_section(&module, 6, &part);
    build_u32(&part, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        char name[32];
        int size = snprintf(name, sizeof name, "the same beginning %08u", i);
        build_u32(&part, (uint32_t)size);
        build_bytes(&part, name, (size_t)size);
        BUILD(&part, EXTERNAL_GLOBAL, 0);
    }
    build_section(&module, 7, &part);
    CHECK(accepts(&module));
    build_free(&module);
    build_free(&part);
}

/* Counts that promise more than there is must not make anything large. */
static void test_promises(void) {
    static const uint8_t ids[] = {1, 2, 3, 4, 5, 6, 7, 9, 10, 11};
    for (size_t i = 0; i < sizeof ids; i++) {
        struct build module = build_module();
        BUILD(&module, ids[i], 5, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F);
        CHECK(refuses(&module, 15, false, "unexpected end: more items than bytes"));
        build_free(&module);
    }
}

/* One item more than is allowed, in each section. */
static void test_counts(void) {
    enum : size_t { LEAST = 5 }; /* bytes for each, as many as any item takes at least */
    static const struct {
        uint8_t section;
        uint32_t limit;
    } cases[] = {
        {1, LIMIT_TYPES},    {2, LIMIT_IMPORTS},    {3, LIMIT_FUNCTIONS},
        {4, LIMIT_TABLES},   {6, LIMIT_GLOBALS},    {7, LIMIT_EXPORTS},
        {9, LIMIT_SEGMENTS}, {10, LIMIT_FUNCTIONS}, {11, LIMIT_SEGMENTS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct build module = build_module(), part = {};
        build_u32(&part, cases[i].limit + 1);
        size_t count_size = part.size;
        build_repeat(&part, 0, LEAST * (cases[i].limit + 1));
        size_t all = part.size;
        build_section(&module, cases[i].section, &part);
        CHECK(refuses(&module, module.size - all + count_size, false, "more items than this"));
        build_free(&module);
        build_free(&part);
    }
}

/* One parameter or result more, and one element of a segment. */
static void test_wide_items(void) {
    for (uint32_t results = 0; results < 2; results++) {
        uint32_t limit = results ? LIMIT_RESULTS : LIMIT_PARAMETERS;
        for (uint32_t more = 0; more < 2; more++) {
            struct build module = build_module(), part = {};
            BUILD(&part, 1, 0x60);
            build_repeat(&part, 0, results);
            build_u32(&part, limit + more);
            size_t before = part.size;
            build_repeat(&part, TYPE_F32, limit + more);
            build_repeat(&part, 0, 1 - results);
            build_section(&module, 1, &part);
            size_t start = 8 + 1 + 2;
            CHECK(more == 0 ? accepts(&module)
                            : refuses(&module, start + before, false, "more values than this"));
            build_free(&module);
            build_free(&part);
        }
    }
    struct build module = build_module(), part = {};
    BUILD(&part, 1, 1, 0);
    build_u32(&part, LIMIT_TABLE_ELEMENTS + 1);
    size_t before = part.size;
    build_repeat(&part, 0, LIMIT_TABLE_ELEMENTS + 1);
    size_t all = part.size;
    build_section(&module, 9, &part);
    CHECK(refuses(&module, module.size - all + before, false, "more items than this"));
    build_free(&module);
    build_free(&part);
}

/* A body as large as is allowed, and one byte more. */
static void test_body_size(void) {
    for (uint32_t more = 0; more < 2; more++) {
        struct build body = {};
        build_byte(&body, 0);
        build_repeat(&body, OPCODE_nop, LIMIT_BODY_SIZE - 2 + more);
        struct build module = one_function(&body);
        size_t start = module.size - (LIMIT_BODY_SIZE + more);
        CHECK(more == 0 ? accepts(&module)
                        : refuses(&module, start, false, "function body larger than this"));
        build_free(&module);
        build_free(&body);
    }
}

int main(void) {
    engine = test_engine();
    test_errors();
    test_body_errors();
    test_locals();
    test_too_many_locals();
    test_br_table();
    test_nesting();
    test_operands();
    test_wide_calls();
    test_constants();
    test_names();
    test_promises();
    test_counts();
    test_wide_items();
    test_body_size();
    engine_destroy(engine);
    return check_finish("engine/module");
}
