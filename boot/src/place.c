/* SPDX-License-Identifier: MIT */
/*
 * Laying out what is to be started in the topmost GiB, then screen, memory map and cores. The
 * screen's mode changes late, so that what goes wrong can be told on the screen as it was; until
 * firmware_finish() nothing is lost by failing.
 */
#include <abi/bootinfo.h>
#include <base/checked.h>
#include <base/environment.h>
#include <base/string.h>
#include <boot/environment.h>
#include <boot/firmware.h>
#include <boot/inflate.h>
#include <boot/initrd.h>
#include <boot/pages.h>
#include <boot/place.h>

constexpr uint64_t PAGE = MEMORY_PAGE;

struct place {
    const struct cargo *cargo;
    struct framebuffer framebuffer;
    struct cores cores;
    struct pages pages;
    struct bootinfo *bootinfo;
};

bool place_allocate(uint64_t size, const char *what, uint64_t *out, struct complaint *complaint) {
    return firmware_allocate(size, out) ||
           complain(complaint, "too little memory: %s needs %llu KiB, %llu KiB are free", what,
                    (unsigned long long)(size + 1023) / 1024,
                    (unsigned long long)firmware_memory_left() / 1024);
}

bool place_page(const char *what, void **out, struct complaint *complaint) {
    uint64_t address;
    if (!place_allocate(PAGE, what, &address, complaint)) {
        return false;
    }
    *out = (void *)(uintptr_t)address;
    memset(*out, 0, PAGE);
    return true;
}

bool place_unpack(struct bytes *initrd, struct complaint *complaint) {
    struct bytes packed = *initrd;
    uint32_t size;
    uint64_t address;
    if (!gzip_is(packed)) {
        return true;
    }
    if (!gzip_size(packed, &size, complaint) ||
        !place_allocate(size, "the unpacked initrd", &address, complaint)) {
        return false;
    }
    uint8_t *to = (uint8_t *)(uintptr_t)address;
    if (!gzip_unpack(packed, to, size, complaint)) {
        return false;
    }
    firmware_release((uintptr_t)packed.at, bytes_left(&packed));
    memset(to + size, 0, align_up(size, PAGE) - size);
    *initrd = bytes_init(to, size);
    return true;
}

bool place_kernel(struct cargo *cargo, struct complaint *complaint) {
    struct text name = environment_kernel(text_of(cargo->environment));
    struct bytes file;
    return initrd_find(cargo->initrd, name, &file, complaint) &&
           kernel_parse(file, firmware_machine, &cargo->kernel, complaint);
}

/* Copies the kernel to frames of its own and maps them. */
static bool kernel_place(struct place *place, struct complaint *complaint) {
    const struct kernel *kernel = &place->cargo->kernel;
    uint64_t address, size = align_up(kernel->size, PAGE);
    if (!place_allocate(size, "the kernel", &address, complaint)) {
        return false;
    }
    uint8_t *to = (uint8_t *)(uintptr_t)address;
    memset(to, 0, size);
    for (size_t i = 0; i < kernel->part_count; i++) {
        const struct kernel_part *part = &kernel->parts[i];
        memcpy(to + part->offset, part->contents.at, bytes_left(&part->contents));
    }
    return pages_map(&place->pages, kernel->address, address, size, complaint);
}

static bool stacks_place(struct place *place, struct complaint *complaint) {
    uint64_t address;
    uint64_t size = align_up((uint64_t)place->cores.count * place->cargo->kernel.stack_size, PAGE);
    return place_allocate(size, "the cores' stacks", &address, complaint) &&
           pages_map(&place->pages, -size, address, size, complaint);
}

/* The frame buffer is mapped as far as there is room before what lies above it. */
static uint64_t framebuffer_room(const struct place *place, uint64_t stacks) {
    const struct kernel *kernel = &place->cargo->kernel;
    const uint64_t places[] = {kernel->address, kernel->bootinfo, kernel->environment, -stacks};
    uint64_t room = -kernel->framebuffer;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        uint64_t distance = places[i] - kernel->framebuffer;
        room = places[i] > kernel->framebuffer && distance < room ? distance : room;
    }
    return room;
}

static bool framebuffer_place(struct place *place, struct complaint *complaint) {
    uint64_t stacks =
        align_up((uint64_t)place->cores.count * place->cargo->kernel.stack_size, PAGE);
    uint64_t room = framebuffer_room(place, stacks);
    uint64_t size = align_up(place->framebuffer.size, PAGE);
    if (place->framebuffer.address % PAGE != 0) {
        place->framebuffer = (struct framebuffer){};
        return true;
    }
    return pages_map(&place->pages, place->cargo->kernel.framebuffer, place->framebuffer.address,
                     size < room ? size : room, complaint);
}

static bool information_place(struct place *place, struct complaint *complaint) {
    void *page;
    if (!place_page("the boot information", &page, complaint)) {
        return false;
    }
    place->bootinfo = page;
    return pages_map(&place->pages, place->cargo->kernel.bootinfo, (uintptr_t)place->bootinfo, PAGE,
                     complaint) &&
           pages_map(&place->pages, place->cargo->kernel.environment,
                     (uintptr_t)place->cargo->environment, PAGE, complaint);
}

static bool everything_place(struct place *place, struct complaint *complaint) {
    return pages_create(&place->pages, complaint) && kernel_place(place, complaint) &&
           stacks_place(place, complaint) && information_place(place, complaint);
}

static void information_fill(const struct place *place, const struct memory_map *map) {
    struct bootinfo *info = place->bootinfo;
    size_t entries = memory_export(map, info->map, BOOTINFO_MAP_MAX);
    memcpy(info->magic, "BOOT", sizeof info->magic);
    info->size = (uint32_t)(sizeof *info + entries * sizeof info->map[0]);
    info->protocol = BOOTINFO_LEVEL_DYNAMIC | place->cargo->loader;
    info->core_count = place->cores.count;
    info->boot_core = place->cores.boot_core;
    info->initrd_address = (uintptr_t)place->cargo->initrd.at;
    info->initrd_size = bytes_left(&place->cargo->initrd);
    info->framebuffer_type = place->framebuffer.type;
    info->framebuffer_address = place->framebuffer.address;
    info->framebuffer_size = place->framebuffer.size;
    info->framebuffer_width = place->framebuffer.width;
    info->framebuffer_height = place->framebuffer.height;
    info->framebuffer_scanline = place->framebuffer.scanline;
}

/* Screen, date and tables, then the map: from here on nothing is allocated. */
static bool finish(struct place *place, struct complaint *complaint) {
    struct screen_size size = environment_screen(text_of(place->cargo->environment));
    const struct memory_map *map;
    firmware_screen(size.width, size.height, &place->framebuffer);
    if (!framebuffer_place(place, complaint)) {
        return false;
    }
    firmware_date(place->bootinfo->date, &place->bootinfo->timezone_minutes);
    firmware_tables(place->bootinfo->arch.words);
    if (!firmware_finish(place->pages.root, &place->cores, &map, complaint)) {
        return false;
    }
    information_fill(place, map);
    return true;
}

static bool wants_one_core(const struct place *place) {
    struct text value;
    return environment_find(text_of(place->cargo->environment), text_of("nosmp"), &value) &&
           text_equal(value, text_of("1"));
}

bool place_system(const struct cargo *cargo, struct entry *out, struct complaint *complaint) {
    struct place place = {.cargo = cargo};
    firmware_cores(wants_one_core(&place), &place.cores);
    if (!everything_place(&place, complaint) || !finish(&place, complaint)) {
        return false;
    }
    *out = (struct entry){
        .pages = place.pages.root,
        .address = cargo->kernel.entry,
        .stack_size = cargo->kernel.stack_size,
    };
    return true;
}
