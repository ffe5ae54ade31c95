/* SPDX-License-Identifier: MIT */
/*
 * See boot/ramfb.h. All numbers of the configuration device are big endian. A transfer is described
 * in memory; the store of the lower half of that description's address begins it, and it has ended
 * when the word of control is 0.
 */
#include <base/string.h>
#include <boot/device.h>
#include <boot/ramfb.h>

enum : unsigned { DATA = 0, SELECTOR = 8, TRANSFER_HIGH = 16, TRANSFER_LOW = 20 };
enum : uint16_t { ITEM_SIGNATURE = 0, ITEM_FEATURES = 1, ITEM_DIRECTORY = 0x19 };
enum : uint32_t { FAILED = 1, READ = 2, SELECT = 8, WRITE = 16 };

constexpr uint32_t SIGNATURE = 0x51454D55; /* "QEMU" */
constexpr uint32_t HAS_TRANSFERS = 1 << 1;
constexpr uint32_t FILES_MAX = 1024;
constexpr unsigned PATIENCE = 10'000'000;
constexpr uint32_t XRGB = 0x34325258; /* "XR24" */
constexpr uint32_t WIDTH_MIN = 640, HEIGHT_MIN = 480, WIDTH_MAX = 16384;

struct transfer {
    uint32_t control, size;
    uint64_t address;
};
static_assert(sizeof(struct transfer) == 16);

struct file {
    uint32_t size;
    uint16_t item, reserved;
    char name[56];
};
static_assert(sizeof(struct file) == 64);

struct [[gnu::packed]] mode {
    uint64_t address;
    uint32_t format, flags, width, height, stride;
};
static_assert(sizeof(struct mode) == 28);

static uint32_t item_number(uint64_t registers, uint16_t item) {
    uint32_t value = 0;
    device_write16(registers + SELECTOR, __builtin_bswap16(item));
    for (unsigned i = 0; i < sizeof(value); i++) {
        value = value << 8 | device_read8(registers + DATA);
    }
    return value;
}

/* The one number of it that is little endian. */
static bool has_transfers(uint64_t registers) {
    return item_number(registers, ITEM_SIGNATURE) == SIGNATURE &&
           (__builtin_bswap32(item_number(registers, ITEM_FEATURES)) & HAS_TRANSFERS);
}

static bool transfer(uint64_t registers, uint32_t control, void *memory, uint32_t size) {
    static struct transfer told;
    uint64_t at = (uintptr_t)&told;
    told = (struct transfer){__builtin_bswap32(control), __builtin_bswap32(size),
                             __builtin_bswap64((uintptr_t)memory)};
    device_barrier();
    device_write32(registers + TRANSFER_HIGH, __builtin_bswap32((uint32_t)(at >> 32)));
    device_write32(registers + TRANSFER_LOW, __builtin_bswap32((uint32_t)at));
    volatile uint32_t *left = &told.control;
    for (unsigned i = 0; i < PATIENCE && (__builtin_bswap32(*left) & ~FAILED) != 0; i++) {
        device_barrier();
    }
    device_barrier();
    return *left == 0;
}

/* A transfer without an item goes on in the one before. */
static bool file_find(uint64_t registers, const char *name, uint32_t size, uint16_t *item) {
    static struct file file;
    static uint32_t count;
    if (!transfer(registers, (uint32_t)ITEM_DIRECTORY << 16 | SELECT | READ, &count,
                  sizeof(count))) {
        return false;
    }
    uint32_t files = __builtin_bswap32(count);
    for (uint32_t i = 0; i < files && i < FILES_MAX; i++) {
        if (!transfer(registers, READ, &file, sizeof(file))) {
            return false;
        }
        if (strlen(name) < sizeof(file.name) && memcmp(file.name, name, strlen(name) + 1) == 0) {
            *item = __builtin_bswap16(file.item);
            return __builtin_bswap32(file.size) == size;
        }
    }
    return false;
}

static bool pixels_take(uint32_t *width, uint32_t *height, uint64_t *address) {
    if (*width <= WIDTH_MAX && *height <= WIDTH_MAX &&
        firmware_allocate(4 * (uint64_t)*width * *height, address)) {
        return true;
    }
    *width = WIDTH_MIN;
    *height = HEIGHT_MIN;
    return firmware_allocate(4 * (uint64_t)*width * *height, address);
}

/* Nothing is shown until all of it is there, and black. */
static bool mode_set(uint64_t registers, uint16_t item, const struct framebuffer *screen) {
    static struct mode mode;
    memset((void *)(uintptr_t)screen->address, 0, screen->size);
    mode = (struct mode){
        .address = __builtin_bswap64(screen->address),
        .format = __builtin_bswap32(XRGB),
        .width = __builtin_bswap32(screen->width),
        .height = __builtin_bswap32(screen->height),
        .stride = __builtin_bswap32(screen->scanline),
    };
    return transfer(registers, (uint32_t)item << 16 | SELECT | WRITE, &mode, sizeof(mode));
}

void ramfb_start(uint64_t registers, uint32_t width, uint32_t height, struct framebuffer *out) {
    uint16_t item;
    uint64_t address;
    *out = (struct framebuffer){};
    if (!has_transfers(registers) ||
        !file_find(registers, "etc/ramfb", sizeof(struct mode), &item) ||
        !pixels_take(&width, &height, &address)) {
        return;
    }
    struct framebuffer screen = {
        .address = address,
        .size = width * height * 4,
        .width = width,
        .height = height,
        .scanline = width * 4,
        .type = BOOTINFO_ARGB,
    };
    if (mode_set(registers, item, &screen)) {
        *out = screen;
    } else {
        firmware_release(address, screen.size);
    }
}
