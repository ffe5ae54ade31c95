/* SPDX-License-Identifier: MIT */
/*
 * Samples at every single instruction: the CPU traps after each one while sample.wat runs, in
 * prologues, epilogues, tail calls, stubs and C, and each time context_sample() has to say the same
 * as the module, where every function has one caller. Only while a relay is made may it know less.
 */
#include "../../../compile/test/harness.h"
#include <engine/sample.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>

static const uint8_t sample_wasm[] = {
#embed "sample.wasm"
};

static const struct {
    const char *function, *caller;
} callers[] = {
    {"frameless", "homes"},
    {"branches", "homes"},
    {"homes", "root"},
    {"results", "words"},
    {"words", "root"},
    {"near_target", "root"},
    {"near", "root"},
    {"near_before", "near"},
    {"wide_before", "wide_target"},
    {"wide_target", "root"},
    {"wide_again", "root"},
    {"far", "root"},
    {"indirect_target", "indirect"},
    {"indirect", "root"},
    {"bytes", "root"},
    {"gated", "root"},
    {"gated_last", "root"},
    {"root", ""},
};
constexpr size_t FUNCTIONS = sizeof callers / sizeof callers[0];
constexpr uint32_t FUNCTIONS_MAX = 32;

static struct context *context;
static const struct module *module;
static const char *names[FUNCTIONS_MAX], *caller_names[FUNCTIONS_MAX]; /* by index */

/* What the handler has seen. */
static uint64_t steps[FUNCTIONS_MAX], places[SAMPLE_CODE + 1], wrong, cut;
static struct sample first_wrong;
static volatile bool stepping;

static void learn_names(void) {
    for (uint32_t i = module->imported_functions; i < module->function_count; i++) {
        struct text name = module_function_name(module, i);
        for (size_t j = 0; j < FUNCTIONS; j++) {
            if (text_equal(name, text_of(callers[j].function))) {
                names[i] = callers[j].function;
                caller_names[i] = callers[j].caller;
            }
        }
        CHECK(names[i] != nullptr);
    }
}

static bool is(const struct code *code, const char *name) {
    return strcmp(names[code->function], name) == 0;
}

static bool is_chain(const struct sample *sample) {
    for (uint32_t i = 0; i + 1 < sample->count; i++) {
        if (!is(sample->codes[i + 1], caller_names[sample->codes[i]->function])) {
            return false;
        }
    }
    return sample->count == 0 || is(sample->codes[sample->count - 1], "root");
}

/* What lies between a function and C or a stub is known, too. */
static bool is_at_home(const struct sample *sample) {
    switch (sample->place) {
    case SAMPLE_HELPER:
        return sample->count != 0 && is(sample->codes[0], "bytes");
    case SAMPLE_KERNEL:
        return sample->count == 0 || is(sample->codes[0], "gated") ||
               is(sample->codes[0], "root") || is(sample->codes[0], "bytes");
    case SAMPLE_CODE:
        return sample->count != 0;
    default:
        return true;
    }
}

static void look(uintptr_t pc, uintptr_t sp) {
    struct sample sample;
    context_sample(context, pc, sp, &sample);
    places[sample.place]++;
    if (sample.place == SAMPLE_CODE) {
        steps[sample.codes[0]->function]++;
    }
    if (!sample.whole) {
        cut++;
        if (sample.count == 1 && is(sample.codes[0], "gated_last")) {
            return;
        }
    } else if (is_chain(&sample) && is_at_home(&sample)) {
        return;
    }
    if (wrong++ == 0) {
        first_wrong = sample;
        fprintf(stderr, "wrong: place %d, whole %d, +0x%lx in %s, %u frames:", sample.place,
                sample.whole,
                sample.count == 0 ? 0 : (unsigned long)(pc - (uintptr_t)sample.codes[0]->start),
                sample.count == 0 ? "nothing" : names[sample.codes[0]->function], sample.count);
        for (uint32_t i = 0; i < sample.count && i < 8; i++) {
            fprintf(stderr, " %s", names[sample.codes[i]->function]);
        }
        fprintf(stderr, "\n");
    }
}

static void handle(int number, siginfo_t *info, void *data) {
    const ucontext_t *user = data;
    if (stepping) {
        look((uintptr_t)user->uc_mcontext.gregs[REG_RIP],
             (uintptr_t)user->uc_mcontext.gregs[REG_RSP]);
    }
}

/* The trap flag: an exception after every instruction. */
static void set_stepping(bool on) {
    stepping = on;
    if (on) {
        __asm__ volatile("pushfq\n orq $0x100, (%%rsp)\n popfq" ::: "memory", "cc");
    } else {
        __asm__ volatile("pushfq\n andq $~0x100, (%%rsp)\n popfq" ::: "memory", "cc");
    }
}

static uint64_t run_root(struct instance *instance, bool steps_through) {
    struct external root;
    uint64_t values[1] = {5};
    CHECK(instance_export(instance, text_of("root"), &root) == OK);
    port_context_set(context);
    if (steps_through) {
        set_stepping(true);
    }
    enum trap trap = context_enter(context, root.function, values);
    if (steps_through) {
        set_stepping(false);
    }
    port_context_set(nullptr);
    CHECK(trap == TRAP_NONE);
    return values[0];
}

static struct context *add_one(struct context *caller, struct function *gate, uint64_t *values) {
    values[0]++;
    return caller;
}

static status_t resolve(void *data, const struct module *importer, const struct import *import,
                        struct external *out) {
    *out = (struct external){.kind = EXTERNAL_FUNCTION, .function = data};
    return OK;
}

static void complain(void *data, const struct module *importer, const struct import *import,
                     const char *why) {
    CHECK(false);
}

static void install(void) {
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    CHECK(sigaction(SIGTRAP, &action, nullptr) == 0);
}

static void check_seen(void) {
    for (uint32_t i = module->imported_functions; i < module->function_count; i++) {
        CHECK(steps[i] > 0);
    }
    CHECK(wrong == 0);
    CHECK(places[SAMPLE_KERNEL] > 0 && places[SAMPLE_HELPER] > 0 && places[SAMPLE_STUB] > 0);
    CHECK(cut > 0 && cut < 20); /* one relay was made */
}

static void test_with(uint64_t features, enum memory_mode mode) {
    struct engine *engine = engine_with(port_target(), features);
    struct module *own = module_in_mode(engine, mode, sample_wasm, sizeof sample_wasm);
    struct function *gate = nullptr;
    struct instance *instance;
    module = own;
    learn_names();
    CHECK(context_create(engine, 256 * 1024, &context) == OK);
    CHECK(gate_create(context, engine_type_parse(engine, "i", "i"), add_one, nullptr, &gate) == OK);
    CHECK(instance_create(own, context, &instance) == OK);
    CHECK(instance_link(instance, resolve, complain, gate) == OK);
    CHECK(instance_initialize(instance) == TRAP_NONE);
    install();
    memset(steps, 0, sizeof steps);
    memset(places, 0, sizeof places);
    wrong = cut = 0;
    uint64_t plain = run_root(instance, false);
    CHECK(run_root(instance, true) == plain);
    check_seen();
    instance_destroy(instance);
    gate_destroy(gate);
    context_destroy(context);
    module_destroy(own);
    engine_destroy(engine);
}

int main(void) {
    const enum memory_mode modes[] = {MEMORY_GUARD, MEMORY_CHECKED};
    for (size_t i = 0; i < 2; i++) {
        test_with(0, modes[i]);
        test_with(port_target()->features_detect(), modes[i]);
    }
    return check_finish("engine/target/x86_64/sample");
}
