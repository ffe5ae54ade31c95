/* SPDX-License-Identifier: MIT */
/* What the compiler is told of a function: facts.wat has a function for each case. */
#include "engine.h"
#include <engine/facts.h>

static const uint8_t facts_wasm[] = {
#embed "facts.wasm"
};

static struct module *module;
static struct function_facts facts;

static struct function_facts facts_of(uint32_t function) {
    CHECK(facts_read(&facts, module, function) == OK);
    return facts;
}

static void test_zero(void) {
    static const struct {
        uint32_t function, local;
        bool needs_zero;
    } cases[] = {
        {0, 0, false}, {0, 1, false}, {1, 0, true},  {2, 0, false}, {3, 0, false},
        {4, 0, true},  {5, 0, true},  {6, 0, true},  {7, 0, false}, {7, 1, false},
        {8, 0, true},  {9, 0, false}, {10, 0, true}, {16, 4, true}, {16, 2, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        facts_of(cases[i].function);
        CHECK(facts.locals[cases[i].local].needs_zero == cases[i].needs_zero);
    }
}

static void test_weights(void) {
    facts_of(0);
    CHECK(facts.local_count == 2);
    CHECK(facts.locals[0].weight == 8 && facts.locals[1].weight == 1 + 64);
    CHECK(!facts.has_call && facts.call_weight == 0);
    CHECK(facts_of(9).locals[0].weight == 0);
    facts_of(11);
    CHECK(facts.has_call && facts.call_weight == 1 + 8 + (1 << 18));
    CHECK(!facts_of(12).has_call);
}

static void test_depths(void) {
    facts_of(13);
    CHECK(facts.operand_depth == 4 && facts.control_depth == 1);
    CHECK(facts_of(14).operand_depth == 3 && facts_of(15).operand_depth == 3);
    CHECK(facts_of(11).control_depth == 9 && facts_of(9).operand_depth == 0);
}

static void test_types(void) {
    static const enum value_type types[] = {TYPE_I64, TYPE_F32, TYPE_I32,
                                            TYPE_I32, TYPE_F64, TYPE_EXTERNREF};
    facts_of(16);
    CHECK(facts.local_count == 6);
    for (uint32_t i = 0; i < 6; i++) {
        CHECK(facts.locals[i].type == types[i]);
    }
}

/* What is noted of a function says nothing of the next one. */
static void test_many(void) {
    facts_of(17);
    CHECK(facts.local_count == 400 && facts.locals[0].weight == 0);
    CHECK(facts.locals[399].weight == 2 && !facts.locals[399].needs_zero);
    CHECK(facts.locals[300].weight == 8 && facts.locals[300].needs_zero);
    facts_of(18);
    CHECK(facts.locals[399].weight == 0 && facts.locals[300].weight == 0);
    CHECK(!facts.locals[399].needs_zero && !facts.locals[300].needs_zero);
}

static void test_tail_call(void) {
    facts_of(19);
    CHECK(facts.has_tail_call && !facts.has_call);
    CHECK(!facts_of(11).has_tail_call);
}

int main(void) {
    struct engine *engine = test_engine();
    struct module_error error;
    CHECK(module_create(engine, facts_wasm, sizeof facts_wasm, MEMORY_GUARD, &error, &module) ==
          OK);
    test_zero();
    test_weights();
    test_depths();
    test_types();
    test_many();
    test_tail_call();
    facts_fini(&facts);
    module_destroy(module);
    engine_destroy(engine);
    return check_finish("engine/facts");
}
