/* SPDX-License-Identifier: MIT */
/*
 * The wiring file: which processes an image runs, with which handles, limits and restart policies.
 * doc/wiring.md describes the text. `init` carries out what `copper image` and the build have
 * checked by the same code.
 *
 * Nothing is allocated: all texts in `struct wiring` point into the file, which must stay. Reading
 * takes time linear in its size, and what a file may hold is bounded by the constants below.
 */
#pragma once
#include <abi/process.h>
#include <base/string.h>

constexpr uint32_t WIRING_SIZE_MAX = 32 * 1024; /* bytes; so that every birth record fits */
constexpr uint32_t WIRING_PROCESSES = 64;
constexpr uint32_t WIRING_USES = 512;        /* of all processes together */
constexpr uint32_t WIRING_PROCESS_USES = 32; /* of one */
constexpr uint32_t WIRING_STRINGS = 512;     /* arguments and environment of all */
constexpr uint32_t WIRING_ERRORS = 50;       /* then nothing more is said */
constexpr uint32_t WIRING_RESTARTS = 100;    /* most in one restart policy */

/* Adapter of `kind wasi`. */
#define WIRING_WASI_NAME "wasi_snapshot_preview1"
#define WIRING_WASI_PATH "sys/" WIRING_WASI_NAME ".wasm"

/* Both count from 1; columns are characters. */
struct wiring_place {
    uint32_t line, column;
};

enum wiring_kind : uint8_t {
    WIRING_HANDLER, /* exports start and handle */
    WIRING_COMMAND, /* exports _start */
    WIRING_WASI,    /* a command that is linked with the adapter WIRING_WASI_PATH */
};

enum wiring_memory : uint8_t { WIRING_GUARD, WIRING_CHECKED };

enum wiring_giver : uint8_t {
    WIRING_OF_PROCESS, /* a handle to the mailbox of processes[server] */
    WIRING_OF_KERNEL,  /* to the kernel's own server; badge: what it may ask */
    WIRING_OF_DEVICE,  /* the device of that name */
};

/* A handle that a process is born with. */
struct wiring_use {
    struct text name; /* for its birth record */
    struct wiring_place place;
    struct text target; /* "console.output", "kernel.log", "device.serial0" */
    struct wiring_place target_place;
    struct text part; /* behind the dot: "output", "log", "serial0"; or empty */
    enum wiring_giver giver;
    bool sends;        /* it promises never to wait for an answer */
    uint32_t server;   /* index into processes */
    uint32_t protocol; /* enum protocol */
    uint64_t badge;
};

/* An argument or an environment setting. */
struct wiring_string {
    struct text text;
    bool environment;
};

/* What happens when a process ends. At most `count` times in `within_ms` it is restarted, which may
 * be never; then it is given up loudly, or, with `stops`, the machine stops. */
struct wiring_restart {
    uint32_t count;
    uint32_t within_ms;
    bool stops;
};

struct wiring_process {
    struct text name;
    struct wiring_place place;
    struct text module; /* path of its file in the initrd */
    struct wiring_place module_place;
    enum wiring_kind kind;
    enum wiring_memory memory_mode;
    uint32_t serves; /* enum protocol; 0: nobody asks it */
    struct wiring_place serves_place;
    uint32_t priority;
    uint32_t memory_pages; /* this and the following: 0 is the kernel's default */
    uint32_t stack_size;
    uint32_t handles;
    uint32_t mailbox_messages, mailbox_bytes;
    uint32_t turn_ms;
    struct wiring_place turn_place;
    struct wiring_restart restart;
    uint32_t first_string, string_count;
    uint32_t first_use, use_count;
    uint32_t fields; /* which were given; for the reader */
};

struct wiring {
    struct wiring_process processes[WIRING_PROCESSES]; /* in the order of the file */
    uint32_t process_count;
    struct wiring_use uses[WIRING_USES]; /* those of one process are neighbours */
    uint32_t use_count;
    struct wiring_string strings[WIRING_STRINGS]; /* likewise */
    uint32_t string_count;
};

/* Who is told. */
struct wiring_reader {
    /* One call per mistake, at most WIRING_ERRORS + 1; the text is gone afterwards. */
    void (*error)(void *data, struct wiring_place place, const char *text);
    /* Has the image this file? NULL: all files are taken to be there. */
    bool (*has_file)(void *data, struct text path);
    void *data;
};

/* Reads and checks. False: something is wrong, all that is has been said, and *out is not to be
 * used. */
bool wiring_read(struct text file, const struct wiring_reader *reader, struct wiring *out);
