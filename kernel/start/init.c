/* SPDX-License-Identifier: MIT */
/*
 * See init.h. init has one handle: the kernel's server (kernel/service.h), with all rights. What it
 * makes of that is written in the wiring file; no native server runs beside it.
 */
#include "init.h"
#include "initrd.h"
#include "place.h"
#include <arch/core.h>
#include <base/ensure.h>
#include <kernel/devices.h>
#include <kernel/log.h>
#include <kernel/program.h>
#include <kernel/target.h>
#include <proto/kernel.h>

constexpr size_t CODE_SIZE = 256 * 1024 * 1024; /* address space; frames come when code does */
constexpr uint32_t EXIT_REFUSED = 1;

static struct bytes initrd;
static struct service_place place;

static void complain(void *data, const char *text) {
    log_write(LOG_ERROR, "program", "%s", text);
}

static void run_others(void *data) {
    programs_run();
}

/* With all cores that there are. */
static void share(void) {
    programs_share(core_count());
    for (unsigned i = 1; i < core_count(); i++) {
        ensure(core_post(i, run_others, nullptr));
    }
}

static uint32_t run(struct engine *engine, const struct setting *setting, struct bytes file,
                    struct process *kernel) {
    static const char *const arguments[] = {"init"};
    const struct program_grant grant = {"kernel", PROTOCOL_KERNEL, kernel, KERNEL_MAY_ALL, nullptr};
    const struct program_config config = {
        .name = "init",
        .bytes = file.at,
        .size = bytes_left(&file),
        .arguments = arguments,
        .argument_count = 1,
        .grants = &grant,
        .grant_count = 1,
        .handler = true,
        .memory_mode = setting->checked_memory ? MEMORY_CHECKED : MEMORY_GUARD,
        .bytes_stay = true, /* in the initrd */
        .priority = 1,
        .complain = complain,
    };
    struct program_result result;
    share();
    program_run(engine, &config, &result);
    ensure(result.how != PROGRAM_TRAPPED); /* where, the log has said */
    return result.how == PROGRAM_EXITED ? result.exit_code : EXIT_REFUSED;
}

static status_t prepare(const struct setting *setting, struct process **kernel) {
    const struct engine_config config = {kernel_target, CODE_SIZE, kernel_target->features_detect(),
                                         .cache_size = setting->cache_mib << 20};
    place_fill(initrd, &place);
    status_t status = engine_create(&config, &place.engine);
    if (status == OK) {
        status = devices_start();
    }
    if (!text_equal(setting->log_to, setting->console)) {
        devices_keep(setting->log_to); /* with what can be pushed by it */
    }
    return status == OK ? service_start(&place, kernel) : status;
}

uint32_t run_init(const struct setting *setting) {
    struct bytes file;
    struct process *kernel;
    if (!initrd_map(&initrd) || !initrd_file_find(initrd, setting->init, &file)) {
        log_write(LOG_ERROR, "start", "init=%.*s: not in the initrd", (int)setting->init.size,
                  setting->init.bytes);
        return EXIT_REFUSED;
    }
    status_t status = prepare(setting, &kernel);
    if (status != OK) {
        log_write(LOG_ERROR, "start", "init: %s", status_text(status));
        return EXIT_REFUSED;
    }
    return run(place.engine, setting, file, kernel);
}
