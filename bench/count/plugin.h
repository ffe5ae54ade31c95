/* SPDX-License-Identifier: MIT */
/*
 * What bench/count needs of QEMU's interface for plugins, version 1: no package of the distribution
 * has its header. Names, types and order of arguments are those of QEMU 7.2's documentation ("QEMU
 * TCG Plugins", API). The emulator, which loads the plugin, provides the functions.
 *
 * A "tb" (translation block) is a run of guest instructions with one way in, that is executed from
 * its start; it is valid only during the call that gets it. What is registered stays so until the
 * end.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;

enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };

/* To be defined by a plugin. 0 from the second says that it is installed. */
extern const int qemu_plugin_version;
struct qemu_info_t;
int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc, char **argv);

/* `translated` is called for each block before it is executed for the first time. */
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           void (*translated)(qemu_plugin_id_t id,
                                                              struct qemu_plugin_tb *tb));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb); /* of its first instruction */

/* Each execution of the block adds `amount` to *counter, a uint64_t, without calling anything. */
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, enum qemu_plugin_op op,
                                              void *counter, uint64_t amount);

/* `ended` is called with `data` when the guest ends. */
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id,
                                    void (*ended)(qemu_plugin_id_t id, void *data), void *data);
