/* SPDX-License-Identifier: MIT */
/* See kernel/display.h. The font is the distribution's, embedded by font.S. */
#include <abi/bootinfo.h>
#include <base/checked.h>
#include <base/string.h>
#include <chip/screen.h>
#include <kernel/display.h>
#include <kernel/log.h>
#include <kernel/memory.h>

constexpr size_t CELLS = 240 * 75; /* 1920x1200 at 8x16 */
constexpr uint8_t STYLE_TIME = SCREEN_STYLE(SCREEN_BLACK + SCREEN_BRIGHT, SCREEN_BLACK);
constexpr uint8_t STYLE_PLAIN = SCREEN_STYLE(SCREEN_WHITE, SCREEN_BLACK);
constexpr uint8_t STYLE_SUBSYSTEM = SCREEN_STYLE(SCREEN_CYAN, SCREEN_BLACK);
constexpr uint8_t STYLE_PANIC = SCREEN_STYLE(SCREEN_RED + SCREEN_BRIGHT, SCREEN_BLACK);
constexpr uint8_t STYLE_REASON = SCREEN_STYLE(SCREEN_BLACK, SCREEN_RED + SCREEN_BRIGHT);
constexpr uint32_t REASON_ROWS = 3;

extern const uint8_t kernel_font_start[], kernel_font_end[];

static struct font font;
static struct screen screen;
static uint32_t cells[2 * CELLS];
static struct screen_writer program, panicking;
static bool ready;
static bool
    busy; /* also when a panic strikes while it draws: then the screen is not touched again */

static bool enter(void) {
    if (!ready || busy) {
        return false;
    }
    busy = true;
    return true;
}

static void leave(void) {
    screen_draw(&screen);
    busy = false;
}

/* ---- the log ---- */

static void say(uint8_t style, struct text text) {
    struct screen_writer writer;
    screen_writer_init(&writer, style);
    screen_write(&screen, &writer, text.bytes, text.size);
}

static uint8_t style_of(struct text level) {
    static const struct {
        const char *level;
        uint8_t style;
    } styles[] = {
        {"error", SCREEN_STYLE(SCREEN_RED + SCREEN_BRIGHT, SCREEN_BLACK)},
        {"warning", SCREEN_STYLE(SCREEN_YELLOW + SCREEN_BRIGHT, SCREEN_BLACK)},
        {"info", SCREEN_STYLE(SCREEN_GREEN, SCREEN_BLACK)},
    };
    for (size_t i = 0; i < COUNT_OF(styles); i++) {
        if (text_equal(level, text_of(styles[i].level))) {
            return styles[i].style;
        }
    }
    return STYLE_TIME;
}

/* "[time] level subsystem: text", as kernel/core/log.c writes it. */
static void say_line(struct text line) {
    struct text rest = line;
    struct text time = text_split(&rest, ']');
    text_split(&rest, ' ');
    struct text level = text_split(&rest, ' ');
    struct text subsystem = text_split(&rest, ':');
    uint8_t style = style_of(level);
    say(STYLE_TIME, time);
    say(STYLE_TIME, text_of("] "));
    say(style, level);
    say(style, text_of(" "));
    say(STYLE_SUBSYSTEM, subsystem);
    say(STYLE_SUBSYSTEM, text_of(":"));
    say(text_equal(level, text_of("error")) ? style : STYLE_PLAIN, rest);
}

void display_log(void *context, const char *line, size_t size) {
    if (!enter()) {
        return;
    }
    screen_fresh_line(&screen);
    if (size > 0 && line[0] == '[') {
        say_line((struct text){line, size});
    } else {
        say(STYLE_PLAIN, (struct text){line, size});
    }
    leave();
}

void display_write(const uint8_t *bytes, size_t size) {
    if (enter()) {
        screen_write(&screen, &program, (const char *)bytes, size);
        leave();
    }
}

/* ---- panics ---- */

void display_panic_start(void) {
    busy = false;
    if (enter()) {
        screen_clear(&screen, STYLE_PANIC);
        screen_band(&screen, REASON_ROWS, STYLE_REASON);
        screen_writer_init(&panicking, STYLE_REASON);
        leave();
    }
}

static void pin(void) {
    if (enter()) {
        screen_fresh_line(&screen);
        screen_pin(&screen);
        screen_writer_init(&panicking, STYLE_PANIC);
        leave();
    }
}

void display_panic_body(void) {
    display_panic_write("\n\n", 2);
    pin();
}

void display_panic_tail(void) {
    pin();
}

void display_panic_write(const char *bytes, size_t size) {
    if (enter()) {
        screen_write(&screen, &panicking, bytes, size);
        leave();
    }
}

/* ---- start ---- */

static bool map_pixels(struct screen_memory *out) {
    const struct bootinfo *info = (const struct bootinfo *)BOOTINFO_ADDRESS;
    if (info->framebuffer_address == 0 || info->framebuffer_size == 0 ||
        !range_within(info->framebuffer_address, info->framebuffer_size, MEMORY_DIRECT_SIZE)) {
        return false;
    }
    *out = (struct screen_memory){
        .pixels = memory_map_physical(info->framebuffer_address, info->framebuffer_size,
                                      MMU_WRITE | MMU_COMBINE),
        .size = info->framebuffer_size,
        .width = info->framebuffer_width,
        .height = info->framebuffer_height,
        .scanline = info->framebuffer_scanline,
        .type = (enum bootinfo_framebuffer)info->framebuffer_type,
    };
    return out->pixels != nullptr;
}

void display_start(void) {
    struct screen_memory memory;
    struct bytes file = bytes_init(kernel_font_start, kernel_font_end - kernel_font_start);
    if (!font_init(&font, file) || !map_pixels(&memory)) {
        return;
    }
    if (!screen_init(&screen, &memory, &font, cells, CELLS)) {
        memory_unmap_physical(memory.pixels, memory.size);
        return;
    }
    screen_writer_init(&program, SCREEN_STYLE(SCREEN_WHITE + SCREEN_BRIGHT, SCREEN_BLACK));
    screen_writer_init(&panicking, STYLE_PANIC);
    screen_clear(&screen, STYLE_PLAIN);
    ready = true;
    log_replay(display_log, nullptr);
    log_sink_add(display_log, nullptr);
    log_write(LOG_INFO, "display", "%ux%u pixels, %ux%u characters", memory.width, memory.height,
              screen.columns, screen.rows);
}
