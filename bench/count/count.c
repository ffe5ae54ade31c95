/* SPDX-License-Identifier: MIT */
/*
 * A plugin of QEMU that counts the instructions a guest executes, and at its end writes the sum, in
 * decimals and one line, to the file that the argument `out=FILE` names. With `from=ADDRESS`
 * (hexadecimal) only those count whose block begins there or above: a kernel's, say. Each
 * translated block adds its length to one counter, so a block that is left in its middle (by a
 * fault) counts whole. The counter is not atomic: it is right for guests of one thread, which is
 * what benchmarks are. An x86-64 string instruction counts once for each repetition.
 *
 *     qemu-aarch64 -plugin count.so,out=FILE[,from=ADDRESS] PROGRAM
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin.h"

const int qemu_plugin_version = 1;

static uint64_t executed, from;
static const char *out;

static void count_block(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
    if (qemu_plugin_tb_vaddr(tb) >= from) {
        qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64, &executed,
                                                 qemu_plugin_tb_n_insns(tb));
    }
}

static void write_sum(qemu_plugin_id_t id, void *data) {
    FILE *file = fopen(out, "w");
    if (file == nullptr || fprintf(file, "%llu\n", (unsigned long long)executed) < 0 ||
        fclose(file) != 0) {
        perror(out);
    }
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc,
                        char **argv) {
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "out=", 4) == 0) {
            out = strdup(argv[i] + 4);
        } else if (strncmp(argv[i], "from=", 5) == 0) {
            from = strtoull(argv[i] + 5, nullptr, 16);
        }
    }
    if (out == nullptr) {
        fputs("count: needs out=FILE\n", stderr);
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, count_block);
    qemu_plugin_register_atexit_cb(id, write_sum, nullptr);
    return 0;
}
