/* SPDX-License-Identifier: MIT */
/* See wiring.h. The reader is the one that init carries. */
#include "wiring.h"
#include "../image/tar.h"
#include "command.h"
#include <base/archive.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <user/wiring.h>

static const char wiring_name[] = "wiring";

struct check {
    const char *path;
    struct blob archive;
};

static bool find(struct blob archive, struct text name, struct text *out) {
    static struct archive reader; /* large */
    struct archive_entry entry;
    archive_init(&reader, archive.bytes, archive.size);
    if (archive_find(&reader, name, &entry) != ARCHIVE_ENTRY) {
        return false;
    }
    *out = (struct text){(const char *)entry.data, (size_t)entry.size};
    return true;
}

static void complain(void *data, struct wiring_place place, const char *text) {
    const struct check *check = data;
    fprintf(stderr, "%s:%u:%u: %s\n", check->path, place.line, place.column, text);
}

static bool has_file(void *data, struct text path) {
    struct text found;
    return find(((const struct check *)data)->archive, path, &found);
}

static bool check_file(const char *path, struct blob archive) {
    static struct wiring wiring; /* large */
    struct check check = {path, archive};
    const struct wiring_reader reader = {complain, has_file, &check};
    struct text file;
    return !find(archive, text_of(wiring_name), &file) || wiring_read(file, &reader, &wiring);
}

/* False: another one, or none. */
static bool has_just(struct blob archive, struct blob file) {
    struct text found;
    return find(archive, text_of(wiring_name), &found) &&
           text_equal(found, (struct text){file.bytes, file.size});
}

bool wiring_apply(const char *path, struct blob file, struct blob *initrd) {
    struct image_error error;
    struct blob archive = *initrd;
    if (!tar_unpack(&archive, &error)) {
        if (path != nullptr) {
            command_failed("%s", error.text);
        }
        return path == nullptr; /* an initrd that is given is not looked at otherwise */
    }
    if (path != nullptr && !has_just(archive, file)) {
        const struct tar_file added = {wiring_name, file};
        if (!tar_create(archive, &added, 1, &archive, &error)) {
            command_failed("%s", error.text);
            return false;
        }
        *initrd = archive;
    }
    return check_file(path != nullptr ? path : wiring_name, archive);
}
