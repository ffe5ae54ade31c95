/* SPDX-License-Identifier: MIT */
/*
 * A machine that QEMU plays, with its serial lines on pipes (which hold single bytes far better
 * than sockets: QEMU writes them one by one).
 *
 * The program's line is framed both ways (abi/serial.h). No input is sent before the kernel
 * speaks: firmware and kernel empty the lines when they set them up. The machine is over when QEMU
 * has closed its lines; all that it wrote has then been passed on. Where there is one line, the log
 * comes by it, too.
 */
#include "machine.h"
#include "command.h"
#include "follow.h"
#include <abi/serial.h>
#include <base/format.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

constexpr int GRACE_MS = 3000; /* to power off, once there is nothing more to say */
constexpr int NEVER = -1;
constexpr int NOWHERE = -1;
constexpr int TO_LOG = -2;
constexpr int PIPE_SIZE = 1 << 20;

struct wire {
    const struct machine *machine;
    pid_t process;
    int input_line, output_line, log; /* -1: closed by QEMU */
    bool input_open;
    int stream;          /* where output goes now: our standard output or error, NOWHERE, TO_LOG */
    int stream_before;   /* the log's line */
    bool escaped;        /* a DLE came */
    uint8_t input[8192]; /* framed, to be sent */
    size_t input_at, input_end;
    struct follow follow;
};

/* ---- starting QEMU ---- */

/* QEMU's ends of the pipes, and its files. */
struct child {
    int input, output, log, image, loader;
};

/* In the child. The program's line is QEMU's standard input and output; what else it opens are
 * descriptors that it inherits. */
struct words {
    const char *at[40];
    size_t count;
};

static void add(struct words *words, const char *option, const char *value) {
    if (value != nullptr) {
        words->at[words->count++] = option;
        words->at[words->count++] = value;
    }
}

[[noreturn]] static void execute(const struct machine *machine, const struct child *child,
                                 pid_t parent) {
    const struct machine_kind *kind = machine->kind;
    char memory[32], log[64], drive[96], kernel[64];
    (void)format_buffer(memory, sizeof(memory), "%lluM", (unsigned long long)machine->memory_mib);
    (void)format_buffer(log, sizeof(log), "file,id=log,path=/proc/self/fd/%d", child->log);
    (void)format_buffer(drive, sizeof(drive), "file=/proc/self/fd/%d,format=raw,if=%s",
                        child->image, kind->drive);
    (void)format_buffer(kernel, sizeof(kernel), "/proc/self/fd/%d", child->loader);
    struct words words = {{kind->program, "-nodefaults", "-no-user-config", "-no-reboot"}, 4};
    add(&words, "-display", "none");
    add(&words, "-machine", kind->name);
    add(&words, "-cpu", kind->cpu_model);
    add(&words, "-m", memory);
    add(&words, "-device", kind->screen);
    add(&words, "-chardev", "stdio,id=console,signal=off");
    if (kind->two_lines) {
        add(&words, "-chardev", log);
        add(&words, "-serial", "chardev:log");
    }
    add(&words, "-serial", "chardev:console");
    add(&words, "-drive", drive);
    if (machine->via == MACHINE_VIA_KERNEL) {
        add(&words, "-kernel", kernel);
    } else if (machine->via == MACHINE_VIA_UEFI) {
        add(&words, kind->uefi_option, machine->firmware);
    }
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) {
        _exit(EXIT_REFUSED);
    }
    dup2(child->input, STDIN_FILENO);
    dup2(child->output, STDOUT_FILENO);
    execvp(kind->program, (char *const *)words.at);
    dprintf(STDERR_FILENO, "copper: cannot start %s: %s\n", kind->program, strerror(errno));
    _exit(EXIT_REFUSED);
}

/* A file descriptor with these bytes. */
static int file_of(struct blob blob) {
    int file = memfd_create("copper loader", 0);
    return file >= 0 && write(file, blob.bytes, blob.size) == (ssize_t)blob.size ? file : -1;
}

/* Our ends are not inherited. A large pipe lets QEMU go on while we are not running. */
static bool make_pipe(int *ours, int *theirs, int our_end) {
    int ends[2];
    if (pipe(ends) != 0) {
        return false;
    }
    *ours = ends[our_end];
    *theirs = ends[1 - our_end];
    (void)fcntl(*ours, F_SETPIPE_SZ, PIPE_SIZE);
    return fcntl(*ours, F_SETFD, FD_CLOEXEC) == 0;
}

static bool start(struct wire *wire) {
    struct child child = {.image = wire->machine->image, .loader = file_of(wire->machine->loader)};
    if (child.loader < 0 || !make_pipe(&wire->input_line, &child.input, 1) ||
        !make_pipe(&wire->output_line, &child.output, 0) || !make_pipe(&wire->log, &child.log, 0) ||
        fcntl(wire->input_line, F_SETFL, O_NONBLOCK) != 0) {
        return false;
    }
    pid_t parent = getpid();
    wire->process = fork();
    if (wire->process == 0) {
        execute(wire->machine, &child, parent);
    }
    close(child.input);
    close(child.output);
    close(child.log);
    close(child.loader);
    return wire->process > 0;
}

/* ---- passing on ---- */

static bool write_all(int file, const uint8_t *bytes, size_t size) {
    while (size > 0) {
        ssize_t done = write(file, bytes, size);
        if (done < 0 && errno == EAGAIN) {
            struct pollfd ready = {.fd = file, .events = POLLOUT};
            (void)poll(&ready, 1, NEVER);
        } else if (done < 0 && errno != EINTR) {
            return false;
        }
        if (done > 0) {
            bytes += done;
            size -= (size_t)done;
        }
    }
    return true;
}

static void close_line(int *line) {
    close(*line);
    *line = -1;
}

static void take_log(struct wire *wire, const uint8_t *bytes, size_t size) {
    if (wire->machine->show_log) {
        (void)write_all(STDERR_FILENO, bytes, size);
    }
    follow_take(&wire->follow, (const char *)bytes, size);
}

static bool write_stream(struct wire *wire, const uint8_t *bytes, size_t size) {
    if (wire->stream == TO_LOG) {
        take_log(wire, bytes, size);
        return true;
    }
    return wire->stream == NOWHERE || write_all(wire->stream, bytes, size);
}

static void begin_log(struct wire *wire) {
    if (wire->stream != TO_LOG) {
        wire->stream_before = wire->stream;
        wire->stream = TO_LOG;
    }
}

/* The byte after a DLE. Only DLE stands for itself. */
static bool take_escape(struct wire *wire, uint8_t byte) {
    wire->escaped = false;
    switch (byte) {
    case SERIAL_OUTPUT:
        wire->stream = STDOUT_FILENO;
        break;
    case SERIAL_ERROR:
        wire->stream = STDERR_FILENO;
        break;
    case SERIAL_LOG:
        begin_log(wire);
        break;
    case SERIAL_BACK:
        wire->stream = wire->stream_before;
        break;
    case SERIAL_DLE:
        return write_stream(wire, &byte, 1);
    default:
        break;
    }
    return true;
}

/* Writes out what the machine wrote, to the stream that it names. */
static bool unframe(struct wire *wire, const uint8_t *bytes, size_t size) {
    size_t at = 0;
    bool good = true;
    while (good && at < size) {
        if (wire->escaped) {
            good = take_escape(wire, bytes[at++]);
            continue;
        }
        const uint8_t *escape = memchr(bytes + at, SERIAL_DLE, size - at);
        size_t plain = escape != nullptr ? (size_t)(escape - bytes) - at : size - at;
        good = write_stream(wire, bytes + at, plain);
        wire->escaped = escape != nullptr;
        at += plain + wire->escaped;
    }
    return good;
}

/* Our reader is gone: the program cannot go on as it would with a closed pipe, so it ends here. */
static void pass_output(struct wire *wire) {
    uint8_t bytes[16384];
    ssize_t size = read(wire->output_line, bytes, sizeof(bytes));
    if (size <= 0) {
        if (size == 0 || (errno != EINTR && errno != EAGAIN)) {
            close_line(&wire->output_line);
        }
    } else if (!unframe(wire, bytes, (size_t)size)) {
        kill(wire->process, SIGTERM);
    }
}

static void pass_log(struct wire *wire) {
    char bytes[4096];
    ssize_t size = read(wire->log, bytes, sizeof(bytes));
    if (size <= 0) {
        if (size == 0 || (errno != EINTR && errno != EAGAIN)) {
            close_line(&wire->log);
        }
        return;
    }
    take_log(wire, (const uint8_t *)bytes, (size_t)size);
}

static void frame(struct wire *wire, const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == SERIAL_DLE) {
            wire->input[wire->input_end++] = SERIAL_DLE;
        }
        wire->input[wire->input_end++] = bytes[i];
    }
}

/* Reads when all that was read before is sent. */
static void take_input(struct wire *wire) {
    uint8_t bytes[sizeof(wire->input) / 2];
    ssize_t size = read(STDIN_FILENO, bytes, sizeof(bytes));
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) {
        return;
    }
    wire->input_at = wire->input_end = 0;
    if (size > 0) {
        frame(wire, bytes, (size_t)size);
        return;
    }
    wire->input_open = false;
    wire->input[wire->input_end++] = SERIAL_DLE;
    wire->input[wire->input_end++] = SERIAL_END;
}

static void send_input(struct wire *wire) {
    ssize_t size =
        write(wire->input_line, wire->input + wire->input_at, wire->input_end - wire->input_at);
    if (size > 0) {
        wire->input_at += (size_t)size;
    } else if (size < 0 && errno == EPIPE) {
        wire->input_at = wire->input_end; /* QEMU is gone */
        wire->input_open = false;
    }
}

/* One round. False: QEMU has been silent for `timeout_ms` since it said the last word. */
static bool step(struct wire *wire, int timeout_ms) {
    bool pending = wire->input_at < wire->input_end;
    bool reads = wire->input_open && !pending && wire->follow.kernel;
    struct pollfd files[] = {
        {.fd = wire->output_line, .events = POLLIN},
        {.fd = wire->log, .events = POLLIN},
        {.fd = reads ? STDIN_FILENO : -1, .events = POLLIN},
        {.fd = pending ? wire->input_line : -1, .events = POLLOUT},
    };
    int ready = poll(files, 4, timeout_ms);
    if (ready <= 0) {
        return ready < 0;
    }
    if (files[0].revents != 0) {
        pass_output(wire);
    }
    if (files[1].revents != 0) {
        pass_log(wire);
    }
    if (files[2].revents != 0) {
        take_input(wire);
    }
    if (files[3].revents != 0) {
        send_input(wire);
    }
    return true;
}

/* ---- the end ---- */

static void complain(const char *text) {
    fprintf(stderr, "copper: %s\n", text);
}

static int finish(struct wire *wire, int qemu_status) {
    if (wire->follow.exited) {
        return wire->follow.exit_code & 0xFF;
    }
    if (!wire->machine->show_log) {
        (void)write_all(STDERR_FILENO, (const uint8_t *)wire->follow.kept, wire->follow.kept_size);
    }
    if (WIFSIGNALED(qemu_status)) {
        return command_failed("QEMU ended by signal %d", WTERMSIG(qemu_status));
    }
    return command_failed("the machine stopped before the program ended");
}

int machine_run(const struct machine *machine) {
    static struct wire wire;
    int status = 0;
    int first = machine->kind->two_lines ? NOWHERE : TO_LOG;
    wire = (struct wire){
        .machine = machine, .input_open = true, .stream = first, .stream_before = first};
    (void)signal(SIGPIPE, SIG_IGN);
    wire.follow.complain = machine->show_log ? nullptr : complain;
    if (!start(&wire)) {
        return command_failed("cannot start QEMU: %s", strerror(errno));
    }
    while (wire.output_line >= 0 || wire.log >= 0) {
        if (!step(&wire, wire.follow.last_word ? GRACE_MS : NEVER)) {
            kill(wire.process, SIGKILL);
        }
    }
    while (waitpid(wire.process, &status, 0) < 0 && errno == EINTR) {
    }
    return finish(&wire, status);
}
