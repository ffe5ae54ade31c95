/* SPDX-License-Identifier: MIT */
/*
 * Regions that are used again: with no page more than was asked for, zero, and faulting elsewhere.
 */
#include "build.h"
#include "engine.h"
#include <unistd.h>

constexpr size_t UNIT = 64 * 1024;
constexpr size_t PAGE = 4096;
static struct context context;

/* Asks Linux instead of running into a fault. */
static bool is_readable(const uint8_t *address) {
    static int ends[2];
    uint8_t byte;
    if (ends[1] == 0) {
        CHECK(pipe(ends) == 0);
    }
    bool readable = write(ends[1], address, 1) == 1;
    CHECK(!readable || read(ends[0], &byte, 1) == 1);
    return readable;
}

static bool all_zero(const struct region *region) {
    for (size_t i = region->from; i < region->to; i++) {
        if (region->base[i] != 0) {
            return false;
        }
    }
    return true;
}

static void check_taken(const struct region *region, size_t size, size_t from, size_t to) {
    CHECK(region->size == size && region->from == from && region->to == to && all_zero(region));
    CHECK(from == 0 || !is_readable(region->base + from - 1));
    CHECK(to == size || !is_readable(region->base + to));
}

static struct region take(struct engine *engine, size_t size, size_t from, size_t to) {
    struct region region;
    CHECK(region_take(engine, size, from, to, &region) == OK);
    check_taken(&region, size, from, to);
    memset(region.base + from, 0xA5, to - from);
    return region;
}

/* Again and again, by whichever way it is wiped; larger both ways; never with too much. */
static void test_again(struct engine *engine, size_t pages) {
    size_t size = (pages + 2) * PAGE * 16, to = UNIT + pages * PAGE;
    struct region first = take(engine, size, UNIT, to);
    for (unsigned i = 0; i < 3; i++) {
        region_give(engine, &first, true);
        struct region again = take(engine, size, UNIT, to);
        CHECK(again.base == first.base && again.uses == i + 2);
        first = again;
    }
    region_give(engine, &first, true);
    struct region other = take(engine, size + UNIT, UNIT, to);
    struct region less = take(engine, size, UNIT, to - PAGE);
    struct region later = take(engine, size, UNIT + PAGE, to);
    CHECK(other.base != first.base && less.base != first.base && later.base != first.base);
    struct region more = take(engine, size, UNIT - PAGE, to + PAGE);
    CHECK(more.base == first.base);
    region_give(engine, &more, false); /* it got more than that: gone */
    CHECK(engine->regions.count == 0 && engine->regions.bytes == 0);
    region_give(engine, &other, true);
    region_give(engine, &less, true);
    region_give(engine, &later, true);
    CHECK(engine->regions.count == 3 && regions_release(engine) && !regions_release(engine));
    CHECK(engine->regions.bytes == 0 && !is_readable(less.base + UNIT));
}

/* Those kept longest go first, by number and by bytes; what is too large is not kept at all. */
static void test_limits(struct engine *engine) {
    struct region regions[REGIONS_KEPT + 1];
    for (uint32_t i = 0; i <= REGIONS_KEPT; i++) {
        regions[i] = take(engine, (i + 1) * UNIT, 0, PAGE);
    }
    for (uint32_t i = 0; i <= REGIONS_KEPT; i++) {
        region_give(engine, &regions[i], true);
    }
    CHECK(engine->regions.count == REGIONS_KEPT && engine->regions.kept[0].size == 2 * UNIT);
    CHECK(engine->regions.bytes == REGIONS_KEPT * PAGE);
    struct region large = take(engine, 200 * UNIT, 0, 192 * UNIT);
    region_give(engine, &large, true);
    CHECK(engine->regions.bytes == 12 << 20 && engine->regions.count == 1);
    CHECK(engine->regions.kept[0].base == large.base);
    struct region huge = take(engine, 300 * UNIT, 0, 299 * UNIT);
    region_give(engine, &huge, true);
    CHECK(engine->regions.kept[0].base == large.base);
    CHECK(!is_readable(huge.base));
    regions_release(engine);
}

/* One memory of a page that may have two. */
static struct module *memory_module(struct engine *engine, struct build *build) {
    struct build section = {};
    struct module_error error;
    struct module *module = nullptr;
    *build = build_module();
    BUILD(&section, 1, 1, 1, 2);
    build_section(build, 5, &section);
    build_free(&section);
    CHECK(module_create(engine, build->bytes, build->size, MEMORY_GUARD, &error, &module) == OK);
    return module;
}

/* What an instance wrote is not found by the next; what it grew by is gone. */
static void test_instances(struct engine *engine) {
    struct build build;
    struct module *module = memory_module(engine, &build);
    uint8_t *bases[4];
    for (unsigned i = 0; i < 4; i++) {
        struct instance *instance;
        CHECK(instance_create(module, &context, &instance) == OK);
        struct memory *memory = instance->memories[0];
        bases[i] = memory->base;
        CHECK(memory->pages == 1 && memory->base[0] == 0 && memory->base[UNIT - 1] == 0);
        CHECK(!is_readable(memory->base + UNIT));
        memory->base[0] = memory->base[UNIT - 1] = 1;
        if (i == 2) {
            CHECK(memory_grow(memory, 1) == 1);
            memory->base[UNIT] = 1;
        }
        instance_destroy(instance);
        CHECK(engine->regions.count == (i == 2 ? 0 : 1));
    }
    CHECK(bases[0] == bases[1] && bases[1] == bases[2]);
    module_destroy(module);
    build_free(&build);
}

int main(void) {
    struct engine *engine = test_engine();
    test_again(engine, 4);   /* wiped by hand */
    test_again(engine, 400); /* cleared by the port */
    test_limits(engine);
    test_instances(engine);
    engine_destroy(engine); /* with a kept one */
    return check_finish("engine/region");
}
