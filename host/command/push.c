/* SPDX-License-Identifier: MIT */
/*
 * `copper push`: a new kernel, initrd or CONFIG for a machine that runs, by the serial line of its
 * log. The machine goes on until all of it is there, hashed and looked at; then it switches. What
 * was sent before this command was killed is not sent again. `copper log` changes what it logs.
 */
#include "channel.h"
#include "command.h"
#include <base/checked.h>
#include <base/string.h>
#include <hash/sha256.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

constexpr uint32_t CHUNK = 2048; /* of a file in a frame: a damaged one costs no more */
constexpr int FIRST_TIMEOUT_MS = 1000, LAST_TIMEOUT_MS = 8000;
constexpr uint64_t PATIENCE_S = 30;

static const char *const kind_names[CONTROL_KINDS] = {"kernel", "initrd", "CONFIG"};

struct cargo {
    const char *path;
    struct blob blob;
    uint8_t hash[SHA256_SIZE];
};

static struct settings {
    const char *serial;
    struct cargo files[CONTROL_KINDS];
    uint64_t patience_s;
} settings = {.patience_s = PATIENCE_S};

static bool take_patience(void *data, const char *value) {
    if (!text_to_u64(text_of(value), &settings.patience_s) || settings.patience_s == 0 ||
        settings.patience_s > 86400) {
        fprintf(stderr, "copper: --timeout is 1 to 86400 seconds, not \"%s\"\n", value);
        return false;
    }
    return true;
}

/* ---- one answer ---- */

static int closed(void) {
    return command_failed("%s: the line was closed", settings.serial);
}

/* How long nobody has answered, and how long to wait next. */
struct patience {
    int timeout_ms;
    uint64_t waited_ms;
};

static const struct patience FRESH = {FIRST_TIMEOUT_MS, 0};

/* After a silence: is it worth another try? */
static bool patience_left(struct patience *patience) {
    patience->waited_ms += (uint64_t)patience->timeout_ms;
    patience->timeout_ms *= 2;
    if (patience->timeout_ms > LAST_TIMEOUT_MS) {
        patience->timeout_ms = LAST_TIMEOUT_MS;
    }
    if (patience->waited_ms < settings.patience_s * 1000) {
        return true;
    }
    command_failed("%s: no answer for %llu s", settings.serial,
                   (unsigned long long)patience->waited_ms / 1000);
    return false;
}

/* Asks until there is an answer of one of two types, or a refusal. Returns an exit status. */
static int ask(struct channel *channel, const struct frame *frame, uint8_t type, uint8_t other,
               struct answer *out) {
    struct patience patience = FRESH;
    for (;;) {
        if (!channel_send(channel, frame)) {
            return closed();
        }
        enum channel_result result;
        while ((result = channel_wait(channel, patience.timeout_ms, out)) == CHANNEL_ANSWER) {
            if (out->type == CONTROL_REFUSED) {
                return command_failed("refused: %s", out->text);
            }
            if ((out->type == type || out->type == other) && out->kind == frame->kind) {
                return 0;
            }
        }
        if (result == CHANNEL_CLOSED) {
            return closed();
        }
        if (!patience_left(&patience)) {
            return EXIT_REFUSED;
        }
    }
}

/* ---- a file ---- */

/* What is under way: `acked` is there, up to `next` is sent. */
struct sending {
    struct channel *channel;
    const struct cargo *cargo;
    uint8_t kind;
    uint32_t acked, next;
    bool verified;
};

static void show_progress(const struct sending *sending, bool last) {
    static uint32_t shown = UINT32_MAX;
    uint32_t percent =
        (uint32_t)((uint64_t)sending->acked * 100 / (uint64_t)sending->cargo->blob.size);
    if (isatty(STDERR_FILENO) && (percent != shown || last)) {
        fprintf(stderr, "\r%s: %u %%%s", sending->cargo->path, percent, last ? "\n" : "");
        shown = percent;
    }
}

static bool send_window(struct sending *sending) {
    const struct blob *blob = &sending->cargo->blob;
    while (sending->next < blob->size && sending->next - sending->acked < CONTROL_WINDOW) {
        size_t left = blob->size - sending->next;
        const struct frame frame = {
            .type = CONTROL_DATA,
            .kind = sending->kind,
            .size = (uint16_t)(left < CHUNK ? left : CHUNK),
            .value = sending->next,
            .payload = (const uint8_t *)blob->bytes + sending->next,
        };
        if (!channel_send(sending->channel, &frame)) {
            return false;
        }
        sending->next += frame.size;
    }
    return true;
}

/* False: refused, and said so. */
static bool take_answer(struct sending *sending, const struct answer *answer) {
    if (answer->type == CONTROL_REFUSED) {
        command_failed("refused: %s", answer->text);
        return false;
    }
    if (answer->kind != sending->kind || answer->value > sending->cargo->blob.size) {
        return true;
    }
    if (answer->type == CONTROL_VERIFIED) {
        sending->acked = answer->value;
        sending->verified = true;
    } else if (answer->type == CONTROL_MISSING) {
        sending->acked = sending->next = answer->value;
    } else if (answer->type == CONTROL_HAVE && answer->value > sending->acked) {
        sending->acked = answer->value;
        sending->next = sending->next > sending->acked ? sending->next : sending->acked;
    }
    return true;
}

static int send_rest(struct sending *sending) {
    struct patience patience = FRESH;
    while (!sending->verified) {
        struct answer answer;
        if (!send_window(sending)) {
            return closed();
        }
        uint32_t before = sending->acked;
        switch (channel_wait(sending->channel, patience.timeout_ms, &answer)) {
        case CHANNEL_CLOSED:
            return closed();
        case CHANNEL_SILENT:
            sending->next = sending->acked;
            if (!patience_left(&patience)) {
                return EXIT_REFUSED;
            }
            break;
        case CHANNEL_ANSWER:
            if (!take_answer(sending, &answer)) {
                return EXIT_REFUSED;
            }
            break;
        }
        if (sending->acked > before) {
            patience = FRESH;
            show_progress(sending, false);
        }
    }
    return 0;
}

static int send_file(struct channel *channel, uint8_t kind, const struct cargo *cargo) {
    const struct frame begin = {.type = CONTROL_BEGIN,
                                .kind = kind,
                                .size = SHA256_SIZE,
                                .value = (uint32_t)cargo->blob.size,
                                .payload = cargo->hash};
    struct sending sending = {.channel = channel, .cargo = cargo, .kind = kind};
    struct answer answer;
    int status = ask(channel, &begin, CONTROL_HAVE, CONTROL_VERIFIED, &answer);
    if (status != 0) {
        return status;
    }
    fprintf(stderr, "copper: %s %s: %zu bytes, %u of them there already\n", kind_names[kind],
            cargo->path, cargo->blob.size, answer.value);
    (void)take_answer(&sending, &answer);
    sending.next = sending.acked;
    status = send_rest(&sending);
    show_progress(&sending, true);
    return status;
}

/* ---- the command ---- */

static int send_switch(struct channel *channel) {
    uint8_t hashes[CONTROL_KINDS * SHA256_SIZE];
    struct frame frame = {.type = CONTROL_SWITCH, .payload = hashes};
    struct answer answer;
    for (unsigned kind = 0; kind < CONTROL_KINDS; kind++) {
        if (settings.files[kind].path != nullptr) {
            frame.value |= 1u << kind;
            memcpy(hashes + frame.size, settings.files[kind].hash, SHA256_SIZE);
            frame.size += SHA256_SIZE;
        }
    }
    int status = ask(channel, &frame, CONTROL_SWITCHING, CONTROL_SWITCHING, &answer);
    if (status == 0) {
        fputs("copper: all of it is there; the machine switches to it\n", stderr);
    }
    return status;
}

static int send_all(struct channel *channel) {
    for (uint8_t kind = 0; kind < CONTROL_KINDS; kind++) {
        const struct cargo *cargo = &settings.files[kind];
        int status = cargo->path != nullptr ? send_file(channel, kind, cargo) : 0;
        if (status != 0) {
            return status;
        }
    }
    return send_switch(channel);
}

static bool load(struct cargo *cargo) {
    struct sha256 hash;
    if (!file_load(cargo->path, &cargo->blob)) {
        return false;
    }
    if (cargo->blob.size == 0 || cargo->blob.size > UINT32_MAX) {
        command_failed("%s: %zu bytes cannot be sent", cargo->path, cargo->blob.size);
        return false;
    }
    sha256_init(&hash);
    sha256_add(&hash, cargo->blob.bytes, cargo->blob.size);
    sha256_get(&hash, cargo->hash);
    return true;
}

static bool begins(const struct blob *blob, const char *with) {
    return blob->size >= strlen(with) && memcmp(blob->bytes, with, strlen(with)) == 0;
}

/* An operand is a kernel when it begins like an executable (ELF or PE), else an initrd. */
static bool load_operand(const char *path) {
    struct cargo cargo = {.path = path};
    if (!load(&cargo)) {
        return false;
    }
    bool kernel = begins(&cargo.blob, "\x7F"
                                      "ELF") ||
                  begins(&cargo.blob, "MZ");
    settings.files[kernel ? CONTROL_KERNEL : CONTROL_INITRD] = cargo;
    return true;
}

static bool load_options(size_t *count) {
    for (unsigned kind = 0; kind < CONTROL_KINDS; kind++) {
        if (settings.files[kind].path != nullptr) {
            (*count)++;
            if (!load(&settings.files[kind])) {
                return false;
            }
        }
    }
    return true;
}

static int with_channel(int (*work)(struct channel *channel)) {
    static struct channel channel;
    (void)signal(SIGPIPE, SIG_IGN);
    if (!channel_open(&channel, settings.serial)) {
        return EXIT_REFUSED;
    }
    int status = work(&channel);
    channel_close(&channel);
    return status;
}

static int run_push(const struct command *command, void *data, int count, char **arguments) {
    size_t named = 0;
    if (settings.serial == nullptr) {
        return command_misused(command, "--serial says where the machine is");
    }
    if (!load_options(&named)) {
        return EXIT_REFUSED;
    }
    if (named == 0 && count == 0) {
        return command_misused(command, "which file?");
    }
    if (count > 1 || (named > 0 && count > 0)) {
        return command_misused(command, "several files: --kernel, --initrd and --config say which");
    }
    if (count == 1 && !load_operand(arguments[0])) {
        return EXIT_REFUSED;
    }
    return with_channel(send_all);
}

/* ---- copper log ---- */

static const char *levels;

static int send_levels(struct channel *channel) {
    const struct frame frame = {
        .type = CONTROL_LOG, .size = (uint16_t)strlen(levels), .payload = (const uint8_t *)levels};
    struct answer answer;
    return ask(channel, &frame, CONTROL_DONE, CONTROL_DONE, &answer);
}

static int run_log(const struct command *command, void *data, int count, char **arguments) {
    if (settings.serial == nullptr) {
        return command_misused(command, "--serial says where the machine is");
    }
    if (count != 1 || strlen(arguments[0]) == 0 || strlen(arguments[0]) > FRAME_PAYLOAD_MAX) {
        return command_misused(command, "which levels?");
    }
    levels = arguments[0];
    return with_channel(send_levels);
}

static const struct option log_options[] = {
    {"--serial", "a device or socket", nullptr, &settings.serial},
    {"--timeout", "seconds", take_patience, nullptr},
};

const struct command command_log = {
    .name = "log",
    .summary = "changes what a machine that runs logs",
    .help =
        "usage: copper log --serial LINE [--timeout S] LEVELS\n"
        "\n"
        "LEVELS is what log= takes in CONFIG, such as info,engine:trace. LINE is the line of the\n"
        "log, as for `copper push`.\n",
    .options = log_options,
    .option_count = COUNT_OF(log_options),
    .run = run_log,
};

/* ---- copper push ---- */

static const struct option push_options[] = {
    {"--serial", "a device or socket", nullptr, &settings.serial},
    {"--kernel", "a file", nullptr, &settings.files[CONTROL_KERNEL].path},
    {"--initrd", "a file", nullptr, &settings.files[CONTROL_INITRD].path},
    {"--config", "a file", nullptr, &settings.files[CONTROL_CONFIG].path},
    {"--timeout", "seconds", take_patience, nullptr},
};

const struct command command_push = {
    .name = "push",
    .summary = "sends a new kernel or initrd to a machine that runs",
    .help =
        "usage: copper push --serial LINE [OPTIONS] [FILE]\n"
        "\n"
        "Sends FILE by the serial line of the machine's log. The machine goes on until the whole\n"
        "is there and verified; then it switches to it. What was sent before the command was\n"
        "killed is not sent again. What the machine logs meanwhile goes to standard output.\n"
        "\n"
        "FILE is a kernel if it is an ELF or PE file, else an initrd.\n"
        "\n"
        "  --serial LINE   a serial device, a pseudo-terminal, or a socket (of QEMU's)\n"
        "  --kernel FILE   these three may come together; the machine switches once\n"
        "  --initrd FILE\n"
        "  --config FILE\n"
        "  --timeout S     how long nobody may answer (30)\n",
    .options = push_options,
    .option_count = COUNT_OF(push_options),
    .run = run_push,
};
