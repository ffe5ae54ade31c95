/* SPDX-License-Identifier: MIT */
/* The wiring reader: a sound file comes out whole; each mistake is told with its place. */
#include <abi/birth.h>
#include <base/format.h>
#include <proto/console.h>
#include <proto/kernel.h>
#include <string.h>
#include <test/check.h>
#include <user/wiring.h>

static struct wiring wiring;
static char said[16 * 1024]; /* LINE:COLUMN: TEXT\n ... */
static unsigned errors;

static void note(void *data, struct wiring_place place, const char *text) {
    size_t size = strlen(said);
    errors++;
    (void)format_buffer(said + size, sizeof said - size, "%u:%u: %s\n", place.line, place.column,
                        text);
}

static bool read_text(const char *text, bool (*has_file)(void *data, struct text path)) {
    const struct wiring_reader reader = {note, has_file, nullptr};
    said[0] = 0;
    errors = 0;
    bool good = wiring_read(text_of(text), &reader, &wiring);
    CHECK(good == (errors == 0));
    return good;
}

/* Exactly this is said. */
static void refuse(const char *text, const char *expected) {
    CHECK(!read_text(text, nullptr));
    if (strcmp(said, expected) != 0) {
        fprintf(stderr, "said:\n%sinstead of:\n%s", said, expected);
    }
    CHECK(strcmp(said, expected) == 0);
}

#define CONSOLE                                                                                    \
    "process console\n module srv/console.wasm\n kind handler\n serves console\n priority 3\n"

static const char whole[] = "# An image\n" CONSOLE "    mailbox 256 messages 1 MiB # both\n"
                            "    memory 2 MiB checked\n"
                            "    stack 64 KiB\n"
                            "    handles 1000\n"
                            "    turn 100 ms\n"
                            "    restart 5 in 10 s else stop\n"
                            "    use line = device.serial0\n"
                            "    use kernel = kernel.log,time\n"
                            "\n"
                            "process shell\r\n"
                            "    module bin/shell.wasm\n"
                            "    kind wasi\n"
                            "    priority 8\n"
                            "    arguments shell -c 'say \"hello\"' \"\"\n"
                            "    environment LANG=C \"NAME=Zo\xC3\xAB is here\"\n"
                            "    arguments last\n"
                            "    restart never\n"
                            "    use stdin = console.input\n"
                            "    send stderr = console.error\n";

static void check_console(const struct wiring_process *process) {
    CHECK(text_equal(process->name, text_of("console")) && process->kind == WIRING_HANDLER);
    CHECK(text_equal(process->module, text_of("srv/console.wasm")));
    CHECK(process->serves == PROTOCOL_CONSOLE && process->priority == 3);
    CHECK(process->mailbox_messages == 256 && process->mailbox_bytes == 1024 * 1024);
    CHECK(process->memory_pages == 32 && process->memory_mode == WIRING_CHECKED);
    CHECK(process->stack_size == 64 * 1024 && process->handles == 1000 && process->turn_ms == 100);
    CHECK(process->restart.count == 5 && process->restart.within_ms == 10'000);
    CHECK(process->restart.stops && process->use_count == 2 && process->string_count == 0);
    const struct wiring_use *uses = &wiring.uses[process->first_use];
    CHECK(uses[0].giver == WIRING_OF_DEVICE && text_equal(uses[0].part, text_of("serial0")));
    CHECK(uses[1].giver == WIRING_OF_KERNEL && uses[1].badge == (KERNEL_MAY_LOG | KERNEL_MAY_TIME));
}

static void check_shell(const struct wiring_process *process) {
    static const struct {
        const char *text;
        bool environment;
    } strings[] = {{"shell", false}, {"-c", false},    {"say \"hello\"", false},
                   {"", false},      {"LANG=C", true}, {"NAME=Zo\xC3\xAB is here", true},
                   {"last", false}};
    CHECK(process->kind == WIRING_WASI && process->restart.count == 0 && !process->restart.stops);
    CHECK(process->string_count == 7 && process->use_count == 2 && process->turn_ms == 0);
    for (uint32_t i = 0; i < 7; i++) {
        const struct wiring_string *string = &wiring.strings[process->first_string + i];
        CHECK(text_equal(string->text, text_of(strings[i].text)));
        CHECK(string->environment == strings[i].environment);
    }
    const struct wiring_use *uses = &wiring.uses[process->first_use];
    CHECK(uses[0].server == 0 && uses[0].badge == CONSOLE_INPUT && !uses[0].sends);
    CHECK(uses[1].server == 0 && uses[1].badge == CONSOLE_ERROR && uses[1].sends);
    CHECK(uses[1].protocol == PROTOCOL_CONSOLE && text_equal(uses[1].name, text_of("stderr")));
}

static void test_whole(void) {
    CHECK(read_text(whole, nullptr));
    CHECK(wiring.process_count == 2 && wiring.use_count == 4 && wiring.string_count == 7);
    check_console(&wiring.processes[0]);
    check_shell(&wiring.processes[1]);
}

static void test_words(void) {
    refuse("", "1:1: there is no process\n");
    refuse("\xFF", "1:1: the file is not UTF-8\n");
    refuse(CONSOLE " arguments \xC3\xA4\n",
           "6:12: a word with such a character must stand in quotes\n");
    refuse(CONSOLE " arguments '\xC3\xA4' 'b\n",
           "6:16: the quote that begins here does not end on this line\n");
    refuse(CONSOLE " arguments a'b'\n",
           "6:13: a quote inside of a word: put the whole word into quotes\n");
    refuse(CONSOLE " arguments 'a\tb'\n", "6:14: a control character in quotes\n");
    refuse(CONSOLE " colour red\n",
           "6:2: expected process, module, kind, serves, priority, memory, stack, handles, "
           "mailbox, turn, restart, arguments, environment, use or send\n");
    refuse(" kind handler\n", "1:2: expected \"process NAME\" before the first field\n"
                              "1:1: there is no process\n");
    refuse(CONSOLE " kind wasi\n", "6:2: \"kind\" stands twice in this process\n");
    refuse(CONSOLE " turn 5 ms 6\n", "6:12: expected the end of the line\n");
    refuse(CONSOLE " use line =\n",
           "6:12: expected whose it is, such as console.output at the end of the line\n");
    refuse(CONSOLE " use line=device.a\n", "6:19: expected \"=\" at the end of the line\n");
    refuse(CONSOLE " environment A\n", "6:14: expected NAME=value, without blanks around =\n");
}

static void test_values(void) {
    refuse(CONSOLE " memory 1 MB\n", "6:11: expected a unit (KiB, MiB or GiB)\n");
    refuse(CONSOLE " memory 1000 KiB\n",
           "6:9: the memory must be from 64 KiB to 4194304 KiB, by 64 KiB\n");
    refuse(CONSOLE " memory 5 GiB\n",
           "6:9: the memory must be from 64 KiB to 4194304 KiB, by 64 KiB\n");
    refuse(CONSOLE " memory 64KiB\n",
           "6:9: expected the memory, a decimal number up to 1000000000\n");
    refuse(CONSOLE " memory 99999999999999999999 GiB\n",
           "6:9: expected the memory, a decimal number up to 1000000000\n");
    refuse(CONSOLE " turn 2 min\n", "6:7: a turn must be from 1 ms to 60000 ms\n");
    refuse(CONSOLE " turn 2 h\n", "6:9: expected a unit (ms, s or min)\n");
    refuse(CONSOLE " handles 0\n", "6:10: the number of handles must be from 1 to 65536\n");
    refuse(CONSOLE " mailbox 5 letters\n", "6:12: expected \"messages\"\n");
    refuse(CONSOLE " mailbox 5 messages 1 KiB\n",
           "6:21: the payloads must be from 64 KiB to 65536 KiB, by 1 KiB\n");
    refuse(CONSOLE " restart 5\n", "6:11: expected \"in\" and a duration at the end of the line\n");
    refuse(CONSOLE " restart 5 in 1 s else cry\n", "6:24: expected \"stop\"\n");
    refuse("process a\n module a\n kind thing\n priority 16\n",
           "3:7: expected handler, command or wasi\n4:11: a priority must be from 1 to 15\n");
    refuse("process a\n module /a\n kind handler\n priority 1\n serves tea\n",
           "2:9: expected a path of 1 to 255 bytes that does not begin with /\n"
           "5:9: expected a protocol (console, clock, random, file, socket, stream, keys, screen, "
           "log)\n");
}

static void test_names(void) {
    refuse("process Kernel\nprocess kernel\nprocess a\nprocess a\n module a\n kind wasi\n",
           "1:9: expected a name of at most 31 small letters, digits and -, which is not kernel, "
           "device or init\n"
           "2:9: expected a name of at most 31 small letters, digits and -, which is not kernel, "
           "device or init\n"
           "4:9: there is a process \"a\" already, on line 3\n"
           "1:9: process \"Kernel\" has no \"module\"\n"
           "1:9: process \"Kernel\" has no \"kind\"\n"
           "1:9: process \"Kernel\" has no \"priority\"\n"
           "2:9: process \"kernel\" has no \"module\"\n"
           "2:9: process \"kernel\" has no \"kind\"\n"
           "2:9: process \"kernel\" has no \"priority\"\n"
           "3:9: process \"a\" has no \"module\"\n"
           "3:9: process \"a\" has no \"kind\"\n"
           "3:9: process \"a\" has no \"priority\"\n"
           "4:9: process \"a\" has no \"priority\"\n");
}

#define SHELL "process shell\n module a\n kind command\n priority 8\n"

static void test_handles(void) {
    refuse(CONSOLE SHELL " use a = consol.output\n",
           "10:10: there is no process \"consol\"; kernel and device are there, too\n");
    refuse(CONSOLE SHELL " use a = console.out\n",
           "10:10: \"console\" serves the protocol console, of which one is named behind a dot: "
           "input, output, error, owner\n");
    refuse(CONSOLE SHELL " use a = console\n",
           "10:10: \"console\" serves the protocol console, of which one is named behind a dot: "
           "input, output, error, owner\n");
    refuse("process clock\n module a\n kind handler\n priority 3\n serves clock\n" SHELL
           " use a = clock.hand\n",
           "10:10: \"clock\" serves the protocol clock, whose handles have no names\n");
    refuse(CONSOLE " use a = shell\n" SHELL,
           "6:10: \"shell\" does not say what it serves\n"
           "6:10: \"shell\" (priority 8) must be more urgent than \"console\" (priority 3), which "
           "may call it: give it a smaller number\n");
    refuse(CONSOLE " use a = device.x\n use a = device.y\n",
           "7:6: there is a handle \"a\" already\n");
    refuse(CONSOLE " use a = device\n", "6:10: expected device. and its name\n");
    refuse(CONSOLE " use a = kernel.log,tea\n",
           "6:10: expected kernel. and what may be asked, with commas between: log, watch, end, "
           "power, time, random, files, devices\n");
    refuse(SHELL " serves clock\n turn 1 s\n",
           "5:9: only a handler can serve\n6:2: only a handler has turns\n");
}

#define SERVER(name, priority)                                                                     \
    "process " name "\n module m\n kind handler\n serves clock\n priority " priority "\n"

static void test_order(void) {
    refuse(SERVER("a", "3") SERVER("b", "3") " use x = a\n",
           "11:10: \"a\" (priority 3) must be more urgent than \"b\" (priority 3), which may call "
           "it: give it a smaller number\n");
    CHECK(read_text(SERVER("a", "3") " send x = b\n" SERVER("b", "4") " use x = a\n", nullptr));
    refuse(SERVER("a", "3") " use x = a\n", "6:10: \"a\" would call itself (\"a\")\n");
    refuse(
        SERVER("a", "5") " use x = b\n" SERVER("b", "4") " use x = c\n" SERVER("c",
                                                                               "3") " use x = a\n",
        "18:10: \"a\" (priority 5) must be more urgent than \"c\" (priority 3), which may call "
        "it: give it a smaller number\n"
        "18:10: a cycle of calls: \"c\" calls \"a\", which calls it in turn, or others who do\n");
}

static bool only_module(void *data, struct text path) {
    return text_equal(path, text_of("srv/console.wasm"));
}

static void test_files(void) {
    CHECK(read_text(CONSOLE, only_module));
    CHECK(!read_text(whole, only_module));
    CHECK(strcmp(said, "17:12: the image has no file \"bin/shell.wasm\"\n"
                       "16:9: the image has no file \"sys/wasi_snapshot_preview1.wasm\"\n") == 0);
}

/* One too many of everything is told, and nothing is written beyond the arrays. */
static void test_bounds(void) {
    static char text[WIRING_SIZE_MAX + 2];
    size_t size = 0;
    for (unsigned i = 0; i <= WIRING_PROCESSES; i++) {
        size += format_buffer(text + size, sizeof text - size,
                              "process p%u\n module m\n kind handler\n priority 1\n", i);
    }
    CHECK(!read_text(text, nullptr) && strstr(said, "more than 64 processes") != nullptr);
    size = format_buffer(text, sizeof text, CONSOLE);
    for (unsigned i = 0; i <= WIRING_PROCESS_USES; i++) {
        size += format_buffer(text + size, sizeof text - size, "use a%u = device.a\n", i);
    }
    CHECK(!read_text(text, nullptr) && errors == 1);
    CHECK(strstr(said, "38:5: more than 32 handles") != nullptr);
    size = format_buffer(text, sizeof text, CONSOLE);
    for (unsigned i = 0; i <= WIRING_STRINGS; i++) {
        size += format_buffer(text + size, sizeof text - size, "arguments a\n");
    }
    CHECK(!read_text(text, nullptr) && errors == 1 && strstr(said, "512 arguments") != nullptr);
    size = format_buffer(text, sizeof text, CONSOLE " arguments");
    for (unsigned i = 0; i < 64; i++) {
        size += format_buffer(text + size, sizeof text - size, " a");
    }
    refuse(text, "6:138: more than 64 words on a line\n");
    memset(text, '\n', sizeof text - 1);
    refuse(text, "1:1: the file has more than 32768 bytes\n");
    memset(text, 'x', WIRING_SIZE_MAX);
    for (unsigned i = 1; i < WIRING_SIZE_MAX; i += 2) {
        text[i] = '\n';
    }
    text[WIRING_SIZE_MAX] = 0;
    CHECK(!read_text(text, nullptr) && errors == WIRING_ERRORS + 1);
    CHECK(strstr(said, "51:1: there is more that is wrong\n") != nullptr);
}

int main(void) {
    test_whole();
    test_words();
    test_values();
    test_names();
    test_handles();
    test_order();
    test_files();
    test_bounds();
    return check_finish("user/wiring");
}
