/* SPDX-License-Identifier: MIT */
/* See kernel/display.h. The font is the distribution's, embedded by font.S. */
#include "alarm.h"
#include <abi/bootinfo.h>
#include <base/checked.h>
#include <base/string.h>
#include <chip/screen.h>
#include <kernel/display.h>
#include <kernel/log.h>
#include <kernel/memory.h>
#include <kernel/port.h>

constexpr size_t CELLS = 240 * 75; /* 1920x1200 at 8x16 */
constexpr struct screen_style STYLE_TIME = {SCREEN_GREY, SCREEN_BLACK};
constexpr struct screen_style STYLE_PLAIN = {SCREEN_WHITE, SCREEN_BLACK};
constexpr struct screen_style STYLE_SUBSYSTEM = {SCREEN_CYAN, SCREEN_BLACK};
constexpr struct screen_style STYLE_PROGRAM = {SCREEN_BRIGHT_WHITE, SCREEN_BLACK};
constexpr struct screen_style STYLE_PANIC = {SCREEN_BRIGHT_RED, SCREEN_BLACK};
constexpr struct screen_style STYLE_REASON = {SCREEN_BLACK, SCREEN_BRIGHT_RED};
constexpr uint32_t REASON_ROWS = 3;
constexpr uint64_t FRAME_NS = 16'000'000;
constexpr uint64_t TICK_NS = 1'000'000; /* between parts of a picture */
constexpr uint32_t TICK_ROWS = 2;

extern const uint8_t kernel_font_start[], kernel_font_end[];

static struct font font;
static struct screen screen;
static uint64_t cells[2 * CELLS];
static struct screen_writer program, panicking;
static bool ready;
static bool yielded;              /* to a driver: not ready until a panic */
static bool driven;               /* by the alarm: what is written need not be drawn at once */
static unsigned owner;            /* 1 + the core that is at it; 0: none */
static bool cursor_wanted = true; /* by the program */
static bool pending;              /* something is written and not drawn; the owner's */
static uint64_t drawn_ns;         /* when all was drawn last */

static bool try_enter(void) {
    unsigned nobody = 0;
    return ready && __atomic_compare_exchange_n(&owner, &nobody, port_core() + 1, false,
                                                __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Another core is waited for: it never waits while it is at it. This one was interrupted: what the
 * interrupt, or a panic, says is left out. */
static bool enter(void) {
    while (ready && __atomic_load_n(&owner, __ATOMIC_RELAXED) != port_core() + 1) {
        if (try_enter()) {
            return true;
        }
    }
    return false;
}

static void leave(void) {
    __atomic_store_n(&owner, 0, __ATOMIC_RELEASE);
}

static void draw(void) {
    screen_draw(&screen);
    pending = false;
    drawn_ns = driven ? port_time_ns() : 0;
}

/* The first thing that is written is drawn at once; what follows soon waits for the rest, so that
 * lines that scroll by are not drawn one by one. */
static void leave_written(void) {
    if (!driven || port_time_ns() - drawn_ns >= FRAME_NS) {
        draw();
    } else if (!pending) {
        pending = true;
        alarm_set(ALARM_DISPLAY, drawn_ns + FRAME_NS);
    }
    leave();
}

/* Some rows at a time: interrupts are masked meanwhile, and serial ports do not wait for long. */
static void tick(void) {
    bool mine = try_enter();
    if (mine && pending && screen_draw_rows(&screen, TICK_ROWS)) {
        pending = false;
        drawn_ns = port_time_ns();
    }
    if (!mine || pending) {
        alarm_set(ALARM_DISPLAY, port_time_ns() + TICK_NS);
    }
    if (mine) {
        leave();
    }
}

void display_drive(void) {
    if (ready) {
        alarm_set_handler(ALARM_DISPLAY, tick);
        driven = true;
    }
}

bool display_is_pending(void) {
    return __atomic_load_n(&pending, __ATOMIC_RELAXED);
}

void display_refresh(void) {
    if (display_is_pending() && enter()) {
        draw();
        leave();
    }
}

/* ---- the log ---- */

static void say(struct screen_style style, struct text text) {
    struct screen_writer writer;
    screen_writer_init(&writer, style);
    screen_write(&screen, &writer, text.bytes, text.size);
}

static struct screen_style style_of(struct text level) {
    static const struct {
        const char *level;
        struct screen_style style;
    } styles[] = {
        {"error", {SCREEN_BRIGHT_RED, SCREEN_BLACK}},
        {"warning", {SCREEN_BRIGHT_YELLOW, SCREEN_BLACK}},
        {"info", {SCREEN_GREEN, SCREEN_BLACK}},
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
    struct screen_style style = style_of(level);
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
    screen.cursor = false;
    screen_fresh_line(&screen);
    if (size > 0 && line[0] == '[') {
        say_line((struct text){line, size});
    } else {
        say(STYLE_PLAIN, (struct text){line, size});
    }
    leave_written();
}

bool display_write(const uint8_t *bytes, size_t size) {
    if (size > 0 && enter()) {
        screen.cursor = cursor_wanted;
        screen_write(&screen, &program, (const char *)bytes, size);
        cursor_wanted = screen.cursor;
        leave_written();
    }
    return ready;
}

void display_yield(void) {
    display_refresh();
    if (enter()) {
        ready = false;
        yielded = true;
        leave();
    }
}

/* ---- panics ---- */

void display_panic_start(void) {
    leave();
    ready = ready || yielded;
    driven = false;
    if (enter()) {
        screen_clear(&screen, STYLE_PANIC);
        screen_band(&screen, REASON_ROWS, STYLE_REASON);
        screen_writer_init(&panicking, STYLE_REASON);
        draw();
        leave();
    }
}

static void pin(void) {
    if (enter()) {
        screen_fresh_line(&screen);
        screen_pin(&screen);
        screen_writer_init(&panicking, STYLE_PANIC);
        draw();
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
        screen_pin_full(&screen); /* before what comes next scrolls away where it began */
        draw();
        leave();
    }
}

/* ---- start ---- */

static bool map_pixels(struct screen_memory *out) {
    const struct bootinfo *info = (const struct bootinfo *)BOOTINFO_ADDRESS;
    if (info->framebuffer_address == 0 || info->framebuffer_size == 0 ||
        !range_within(info->framebuffer_address, info->framebuffer_size,
                      memory_layout()->direct_size)) {
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
    screen_writer_init(&program, STYLE_PROGRAM);
    screen_writer_init(&panicking, STYLE_PANIC);
    screen_clear(&screen, STYLE_PLAIN);
    ready = true;
    log_replay(display_log, nullptr);
    log_sink_add(display_log, nullptr);
    log_write(LOG_INFO, "display", "%ux%u pixels, %ux%u characters", memory.width, memory.height,
              screen.columns, screen.rows);
}
