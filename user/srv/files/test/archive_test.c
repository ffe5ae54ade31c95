/* SPDX-License-Identifier: MIT */
/* Archives that make no tree: each is refused at the header that is wrong. The reader itself is
 * tested in base. Damage comes from a fixed seed. */
#include "../../../lib/native/test/machine.h"
#include "archives.h"
#include <base/checked.h>
#include <user/files.h>

static struct archive_writer archive;
static uint64_t state = 88'172'645'463'325'252;

static uint32_t pick(uint32_t count) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 33) % count;
}

static void check_refused(char type, const char *name, const char *target, const char *data) {
    archive.size = 0;
    archive_add(&archive, '0', "dir/file", "", "x");
    size_t at = archive_add(&archive, type, name, target, data);
    archive_add(&archive, '0', "after", "", "");
    uint64_t fault = 0;
    CHECK(files_archive_add(archive.bytes, archive.size, &fault) == ERR_CORRUPT && fault == at);
}

static void test_names(void) {
    check_refused('0', "../up", "", "");
    check_refused('0', "dir/../../up", "", "");
    check_refused('0', "..", "", "");
    check_refused('0', "dir/file/below", "", "");
    check_refused('0', "dir", "", "");
    check_refused('5', "dir/file", "", "");
    check_refused('0', "./", "", "");
    check_refused('0', "\xff", "", "");
    check_refused('2', "link", "", "");
    check_refused('1', "link", "nowhere", "");
    check_refused('1', "link", "dir", "");
    check_refused('1', "link", "../dir/file", "");
    check_refused('x', "pax", "", "junk");
    check_refused('x', "pax", "", "99 path=x\n");
    check_refused('x', "pax", "", "3 path=x\n");
    check_refused('x', "pax", "", "0 path=x\n");
}

/* Damaged at random, an archive is refused or not, each with a place within it; and never touches
 * what is no part of it. */
static void test_damage(void) {
    archive.size = 0;
    archive_add(&archive, '5', "tmp/", "", "");
    archive_add(&archive, '0', "a/file", "", "some data of a file");
    archive_add(&archive, 'L', "long", "", "a/long/name");
    archive_add(&archive, '0', "short", "", "x");
    archive_add(&archive, 'x', "pax", "", "20 path=long/by/pax\n");
    archive_add(&archive, '2', "link", "a/file", "");
    static struct archive_writer damaged[2'000];
    unsigned good = 0, bad = 0;
    for (unsigned i = 0; i < COUNT_OF(damaged); i++) {
        damaged[i] = archive;
        for (unsigned n = pick(4) + 1; n > 0; n--) {
            damaged[i].bytes[pick((uint32_t)archive.size)] = (uint8_t)pick(256);
        }
        for (size_t at = 0; pick(4) > 0 && at < archive.size; at += 512) {
            archive_seal(&damaged[i], at); /* so that the fault is not only in the sum */
        }
        uint64_t fault;
        size_t size = pick(4) == 0 ? pick((uint32_t)archive.size) : archive.size;
        status_t status = files_archive_add(damaged[i].bytes, size, &fault);
        CHECK((status == OK || status == ERR_CORRUPT) && fault <= size);
        good += status == OK;
        bad += status != OK;
    }
    CHECK(good > 100 && bad > 100);
}

/* Files with several names that are replaced, or come to nothing: no node is lost or used twice. */
static void test_shared_names(void) {
    uint64_t fault;
    archive.size = 0;
    archive_add_cpio(&archive, 0100644, 2, 3, "shared", "");
    archive_add_cpio(&archive, 0100644, 3, 1, "shared", "replaced");
    archive_add_cpio(&archive, 0100644, 2, 3, "shared", "data");
    archive_add_cpio(&archive, 0100644, 9, 2, "nowhere/data", "");
    CHECK(files_archive_add(archive.bytes, archive.size, &fault) == OK);
    size_t at = archive.size;
    archive_add_cpio(&archive, 0100644, 2, 3, "shared/below", "");
    CHECK(files_archive_add(archive.bytes, archive.size, &fault) == ERR_CORRUPT && fault == at);
}

int main(void) {
    test_names();
    test_shared_names();
    test_damage();
    return check_finish("archive");
}
