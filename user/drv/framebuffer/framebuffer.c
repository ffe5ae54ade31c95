/* SPDX-License-Identifier: MIT */
/*
 * A framebuffer that the loader has left: pixels of 32 bits in a window. Reading it back is slow,
 * so a copy of what is shown is kept in plain memory, and moved there.
 *
 * Facts of the device: width and height in pixels, bytes from row to row, and how a pixel lies
 * (abi/bootinfo.h: ARGB, RGBA, ABGR, BGRA from the highest byte).
 */
#include <base/checked.h>
#include <base/ensure.h>
#include <base/string.h>
#include <proto/screen.h>
#include <user/driver.h>
#include <user/request.h>
#include <user/server.h>

constexpr uint32_t PAGE = 64 * 1024;
constexpr uint32_t SIDE_MAX = 16 * 1024;

struct rectangle {
    uint32_t x, y, width, height;
};

static uint8_t payload[MESSAGE_PAYLOAD_MAX];
static struct message buffer = {.payload = payload, .payload_capacity = sizeof payload};

static uint32_t width, height, scanline, kind;
static uint8_t *window;  /* what is shown */
static uint32_t *shadow; /* width * height pixels */

/* ---- pixels ---- */

static uint32_t pixel_of(uint32_t colour) {
    uint32_t blue = colour & 0xFF, green = colour >> 8 & 0xFF, red = colour >> 16 & 0xFF;
    switch (kind) {
    case 1: /* RGBA */
        return red << 24 | green << 16 | blue << 8;
    case 2: /* ABGR */
        return blue << 16 | green << 8 | red;
    case 3: /* BGRA */
        return blue << 24 | green << 16 | red << 8;
    default:
        return colour & 0xFF'FFFF;
    }
}

static uint32_t *shadow_at(uint32_t x, uint32_t y) {
    return shadow + (size_t)y * width + x;
}

static void show(const struct rectangle *area) {
    for (uint32_t y = area->y; y < area->y + area->height; y++) {
        memcpy(window + (size_t)y * scanline + 4 * (size_t)area->x, shadow_at(area->x, y),
               4 * (size_t)area->width);
    }
}

/* ---- requests ---- */

static bool read_rectangle(uint64_t place, uint64_t size, struct rectangle *out) {
    *out = (struct rectangle){(uint32_t)place, (uint32_t)(place >> 32), (uint32_t)size,
                              (uint32_t)(size >> 32)};
    return range_within(out->x, out->width, width) && range_within(out->y, out->height, height);
}

static status_t draw(const struct message *request) {
    struct rectangle area;
    if (!read_rectangle(request->words[0], request->words[1], &area) ||
        (uint64_t)area.width * area.height * 4 != request->payload_size) {
        return ERR_INVALID;
    }
    const uint32_t *from = request->payload;
    for (uint32_t y = 0; y < area.height; y++) {
        uint32_t *to = shadow_at(area.x, area.y + y);
        for (uint32_t x = 0; x < area.width; x++) {
            to[x] = pixel_of(*from++);
        }
    }
    show(&area);
    return OK;
}

static status_t fill(const struct message *request) {
    struct rectangle area;
    if (!read_rectangle(request->words[0], request->words[1], &area)) {
        return ERR_INVALID;
    }
    uint32_t pixel = pixel_of((uint32_t)request->words[2]);
    for (uint32_t y = 0; y < area.height; y++) {
        uint32_t *to = shadow_at(area.x, area.y + y);
        for (uint32_t x = 0; x < area.width; x++) {
            to[x] = pixel;
        }
    }
    show(&area);
    return OK;
}

static status_t move(const struct message *request) {
    struct rectangle to, from;
    if (!read_rectangle(request->words[0], request->words[1], &to) ||
        !read_rectangle(request->words[2], request->words[1], &from)) {
        return ERR_INVALID;
    }
    bool down = to.y > from.y; /* then the last row first: they may overlap */
    for (uint32_t i = 0; i < to.height; i++) {
        uint32_t y = down ? to.height - 1 - i : i;
        memmove(shadow_at(to.x, to.y + y), shadow_at(from.x, from.y + y), 4 * (size_t)to.width);
    }
    show(&to);
    return OK;
}

static void tell_size(struct message *request) {
    const struct message answer = {.words = {width, height}};
    (void)request_answer(request, &answer); /* whoever asked may be gone */
}

static void handle(struct message *request) {
    switch (request->operation) {
    case SCREEN_INFO:
        tell_size(request);
        break;
    case SCREEN_DRAW:
        request_answer_status(request, draw(request));
        break;
    case SCREEN_FILL:
        request_answer_status(request, fill(request));
        break;
    case SCREEN_MOVE:
        request_answer_status(request, move(request));
        break;
    default:
        request_answer_status(request, ERR_NOT_SUPPORTED);
        break;
    }
}

/* Memory of its own, zero: pages that grow. */
static void *pages_take(uint64_t size) {
    size_t old = __builtin_wasm_memory_grow(0, (size_t)((size + PAGE - 1) / PAGE));
    ensure(old != SIZE_MAX);
    return (void *)(old * PAGE);
}

static bool makes_sense(const struct device_info *info) {
    return width > 0 && height > 0 && width <= SIDE_MAX && height <= SIDE_MAX &&
           scanline / 4 >= width && (uint64_t)scanline * height <= info->resources[0].size;
}

static struct message *start(void) {
    struct device_info info;
    handle_t device = driver_device(&info);
    width = (uint32_t)info.facts[0];
    height = (uint32_t)info.facts[1];
    scanline = (uint32_t)info.facts[2];
    kind = (uint32_t)info.facts[3];
    ensure(makes_sense(&info));
    window = pages_take(info.resources[0].size);
    shadow = pages_take((uint64_t)width * height * 4);
    ensure(system_device_map(device, 0, window) == OK);
    show(&(struct rectangle){0, 0, width, height});
    return &buffer;
}

SERVER(framebuffer, start, handle)
