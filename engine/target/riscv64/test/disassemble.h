/* SPDX-License-Identifier: MIT */
/* Asks the distribution's disassembler what bytes are. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

[[noreturn]] static void give_up(const char *why) {
    fprintf(stderr, "encode_test: %s\n", why);
    exit(2);
}

/* Writes each instruction's text to `text` (of `size` bytes), with `separator` behind all but the
 * last; `options` for the disassembler. */
static void disassemble(const uint8_t *bytes, size_t count, const char *options,
                        const char *separator, char *text, size_t size) {
    char name[] = "/tmp/encode_test.XXXXXX", command[512], line[256];
    int file = mkstemp(name);
    FILE *input = file < 0 ? nullptr : fdopen(file, "w");
    if (input == nullptr) {
        give_up("no temporary file");
    }
    for (size_t i = 0; i < count; i++) {
        fprintf(input, "0x%02x ", bytes[i]);
    }
    fclose(input);
    snprintf(command, sizeof command,
             "llvm-mc-19 --disassemble --triple=riscv64 "
             "-mattr=+m,+a,+f,+d,+c,+zba,+zbb,+zicond %s %s 2>&1",
             options, name);
    FILE *output = popen(command, "r");
    if (output == nullptr) {
        give_up("no llvm-mc-19");
    }
    size_t used = 0;
    text[0] = 0;
    while (fgets(line, sizeof line, output) != nullptr) {
        char *start = line + strspn(line, "\t ");
        start[strcspn(start, "\n")] = 0;
        for (char *at = start; *at != 0; at++) {
            *at = *at == '\t' ? ' ' : *at;
        }
        if (start[0] == 0 || strncmp(start, ".text", 5) == 0) {
            continue;
        }
        if (used + sizeof line + 4 > size) {
            give_up("too much text");
        }
        used +=
            (size_t)snprintf(text + used, size - used, "%s%s", used == 0 ? "" : separator, start);
    }
    pclose(output);
    unlink(name);
}
