/* SPDX-License-Identifier: MIT */
/*
 * Names of code: each function that is published gets a name, a number for it, a place in the index
 * that the signal handler reads, and a line in perf's map. Names come from modules, which may hold
 * anything: what is no printable ASCII or well-formed UTF-8, and what the outputs give a meaning,
 * is replaced. The names of a module are collected once, so that all together cost linear time.
 *
 * The index has one entry per CODE_UNIT of code space, so a place that is used again gets the name
 * of what is there now. In perf's map the later line counts, which perf may read otherwise; but
 * a place is used again only when all of code space has been.
 */
#include "../port/code_watch.h"
#include "unit.h"
#include <base/checked.h>
#include <base/string.h>
#include <engine/private.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

constexpr size_t NAME_MAX = 200; /* bytes of a name, with its module's */

static const struct profile_config *config;
static FILE *map; /* of perf */
static uint32_t *numbers;
static char **names;
static uint32_t name_count, name_capacity;

/* The module whose functions were published last. */
static const struct module *known;
static struct text *known_names;

/* Of the last that was written, unless it is a function's: then the size is 0. */
static const void *written_place;
static size_t written_size;

static const char *const fixed_names[NAME_FUNCTIONS] = {
    [NAME_ALL] = "all",
    [NAME_OUTSIDE] = "[outside]",
    [NAME_KERNEL] = "[kernel]",
    [NAME_COMPILER] = "[compiler]",
    [NAME_HELPER] = "[helper]",
    [NAME_STUB] = "[stub]",
    [NAME_CUT] = "[callers unknown]",
    [NAME_UNKNOWN] = "[unknown]",
};

const char *name_text(uint32_t name) {
    return name < NAME_FUNCTIONS ? fixed_names[name] : names[name - NAME_FUNCTIONS];
}

uint32_t name_at(const void *start) {
    size_t place = (size_t)((uintptr_t)start - (uintptr_t)code_watch_base()) / CODE_UNIT;
    uint32_t number = place < config->code_size / CODE_UNIT ? numbers[place] : 0;
    return number != 0 ? number : NAME_UNKNOWN;
}

/* Control characters, of the second set too, and what separates names in outputs. */
static void make_harmless(char *name) {
    bool utf8 = utf8_valid((const uint8_t *)name, strlen(name));
    for (char *at = name; *at != 0; at++) {
        uint8_t byte = (uint8_t)*at, next = (uint8_t)at[1];
        if (byte < ' ' || byte == 0x7F || byte == ';' || (byte >= 0x80 && !utf8)) {
            *at = '?';
        } else if (byte == 0xC2 && next < 0xA0) {
            at[0] = at[1] = '?';
        }
    }
}

static const char *module_name(const struct module *module) {
    for (size_t i = 0; i < config->module_count; i++) {
        if (config->modules[i].bytes == module->bytes) {
            return config->modules[i].name;
        }
    }
    return "?";
}

/* Falls back to the export's name, as traces do. */
static void collect_exports(const struct module *module, struct text *texts) {
    for (uint32_t i = 0; i < module->export_count; i++) {
        const struct export *export = &module->exports[i];
        if (export->kind == EXTERNAL_FUNCTION && texts[export->index].size == 0) {
            texts[export->index] = export->name;
        }
    }
}

static void forget_module(void) {
    free(known_names);
    known_names = nullptr;
    known = nullptr;
}

/* NULL: no memory. */
static const struct text *names_of(const struct module *module) {
    if (known == module) {
        return known_names;
    }
    forget_module();
    struct text *texts = calloc(module->function_count, sizeof *texts);
    if (texts == nullptr) {
        return nullptr;
    }
    struct function_names all;
    function_names_init(&all, module);
    for (uint32_t i = 0; i < module->function_count; i++) {
        texts[i] = function_names_find(&all, i);
    }
    collect_exports(module, texts);
    known = module;
    known_names = texts;
    return texts;
}

/* NULL: no memory. */
static char *make_name(const struct module *module, uint32_t function) {
    const struct text *texts = names_of(module);
    char *name = malloc(NAME_MAX);
    if (name == nullptr || texts == nullptr || texts[function].size == 0) {
        if (name != nullptr) {
            (void)snprintf(name, NAME_MAX, "%s!func[%u]", module_name(module), function);
        }
    } else {
        (void)snprintf(name, NAME_MAX, "%s!%.*s", module_name(module), (int)texts[function].size,
                       texts[function].bytes);
    }
    if (name != nullptr) {
        make_harmless(name);
    }
    return name;
}

/* 0: no memory. */
static uint32_t add_name(char *name) {
    if (name != nullptr && name_count == name_capacity) {
        uint32_t capacity = name_capacity == 0 ? 1024 : 2 * name_capacity;
        char **more = realloc(names, capacity * sizeof *names);
        if (more == nullptr) {
            free(name);
            return 0;
        }
        names = more;
        name_capacity = capacity;
    }
    if (name == nullptr) {
        return 0;
    }
    names[name_count] = name;
    return NAME_FUNCTIONS + name_count++;
}

static void map_line(const void *start, size_t size, const char *name) {
    fprintf(map, "%llx %zx %s\n", (unsigned long long)(uintptr_t)start, size, name);
}

static void settle_stub(void) {
    if (written_size != 0) {
        map_line(written_place, written_size, "copper!stub");
    }
    written_size = 0;
}

static void written(const void *place, size_t size) {
    settle_stub();
    written_place = place;
    written_size = size;
}

static void published(const struct module *module, uint32_t function) {
    const struct code *code = module->codes;
    uint32_t number = add_name(make_name(module, function));
    size_t place = (size_t)(code->start - (const uint8_t *)code_watch_base()) / CODE_UNIT;
    if (place < config->code_size / CODE_UNIT) {
        __atomic_store_n(&numbers[place], number, __ATOMIC_RELEASE);
    }
    map_line(code->start, code->size, number != 0 ? name_text(number) : "?");
    written_size = 0;
}

static void released(const void *start, size_t size) {
    forget_module();
}

/* A file of that name may be there from a process that is no more, or as a trap. */
static FILE *map_open(void) {
    char path[64];
    (void)snprintf(path, sizeof path, "/tmp/perf-%ld.map", (long)getpid());
    (void)unlink(path);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    FILE *opened = file < 0 ? nullptr : fdopen(file, "w");
    if (opened == nullptr) {
        perror(path);
        return nullptr;
    }
    setlinebuf(opened); /* so that it is whole however the process ends */
    return opened;
}

bool names_start(const struct profile_config *profile) {
    static const struct code_watch watch = {written, published, released};
    config = profile;
    numbers = mmap(nullptr, config->code_size / CODE_UNIT * sizeof *numbers, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    map = map_open();
    if (numbers == MAP_FAILED || map == nullptr) {
        return false;
    }
    code_watch_set(&watch);
    return true;
}

void names_finish(void) {
    settle_stub();
    code_watch_set(nullptr);
    forget_module();
    (void)fclose(map);
}
