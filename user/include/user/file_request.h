/* SPDX-License-Identifier: MIT */
/*
 * What every file server asks of a request before it carries it out: that the handle may be asked
 * that, and that paths are paths. The rules are those of <proto/file.def>.
 */
#pragma once
#include <abi/message.h>
#include <abi/status.h>
#include <base/checked.h>
#include <base/string.h>
#include <proto/file.h>

constexpr uint32_t FILE_REQUEST_PATHS = 2;

struct file_rule {
    uint64_t rights; /* that the handle must have */
    uint32_t paths;  /* in the payload */
    bool exists;
};

/* The rule of an operation; `exists` is false when there is no such operation. */
static inline struct file_rule file_rule_of(uint32_t operation) {
    static const struct file_rule rules[] = {
#define OP(name, number, paths, rights, text) [number] = {(rights), (paths), true},
#include <proto/file.def>
#undef OP
    };
    return operation < COUNT_OF(rules) ? rules[operation] : (struct file_rule){};
}

/* The one check of paths and of the targets of links: not empty, length, UTF-8, no NUL. */
static inline status_t file_path_check(struct text path) {
    if (path.size == 0) {
        return ERR_NOT_FOUND;
    }
    if (path.size > FILE_PATH_MAX) {
        return ERR_NAME_TOO_LONG;
    }
    for (size_t i = 0; i < path.size; i++) {
        if (path.bytes[i] == 0) {
            return ERR_INVALID;
        }
    }
    return utf8_valid((const uint8_t *)path.bytes, path.size) ? OK : ERR_INVALID;
}

/* Checks a request against its rule, for a handle of this kind with these rights. The paths that
 * the rule tells of are in the request's payload. */
static inline status_t file_request_check(const struct message *request, struct file_rule rule,
                                          enum file_kind kind, uint64_t rights,
                                          struct text paths[static FILE_REQUEST_PATHS]) {
    if ((rule.rights & ~rights) != 0) {
        return ERR_DENIED;
    }
    if (rule.paths == 0) {
        return OK;
    }
    if (kind != FILE_KIND_DIRECTORY) {
        return ERR_NOT_DIRECTORY;
    }
    struct text all = {request->payload, request->payload_size};
    uint64_t first = rule.paths == 2 ? request->words[3] : all.size;
    if (first > all.size) {
        return ERR_INVALID;
    }
    paths[0] = (struct text){all.bytes, (size_t)first};
    paths[1] = (struct text){all.bytes + first, all.size - (size_t)first};
    status_t status = file_path_check(paths[0]);
    return status == OK && rule.paths == 2 ? file_path_check(paths[1]) : status;
}
