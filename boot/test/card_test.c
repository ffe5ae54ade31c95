/* SPDX-License-Identifier: MIT */
/*
 * A Raspberry Pi's card over a pretended controller and pretended cards: large and small ones, old
 * ones, none, those that never get ready, and those that fail while they are read. The controller
 * checks that no write comes within two clocks of the card after another, which a real one loses.
 * Each card is another process's: the driver looks for one once.
 */
#include "../firmware/bare/bare.h"
#include "../firmware/bare/pi.h"
#include <boot/device.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <test/check.h>
#include <unistd.h>

uint64_t bare_mmio = 0x3F00'0000;
constexpr uint64_t CONTROLLER = 0x3F30'0000, PINS = 0x3F20'0000;
constexpr uint32_t BASE_HZ = 250'000'000, ADDRESS = 0x1234'0000, SECTOR = 512;
constexpr uint32_t DONE = 1, DATA_DONE = 2, READABLE = 1 << 5, NO_ANSWER = 1 << 16;
constexpr unsigned ALWAYS = 1000;

static struct {
    bool there, second_version, high_capacity;
    unsigned power_tries; /* until it is ready */
    uint32_t failing;     /* the sector that cannot be read; 0: none */
    unsigned csd_log;     /* of its blocks, for cards of the first version */
    uint32_t csd_size;
    /* what happens */
    uint64_t now, last_write, step;
    uint32_t registers[0x40];
    bool application, selected;
    uint32_t sector, left, word;
    unsigned reads;
} model;

uint64_t bare_now_us(void) {
    return model.now += model.step;
}

uint32_t pi_card_clock(void) {
    return BASE_HZ;
}

void device_barrier(void) {
}

static uint32_t *at(unsigned offset) {
    return &model.registers[offset / 4];
}

/* Each word of a card tells where it stands. */
static uint32_t word_of(uint32_t sector, uint32_t word) {
    return sector * 2'654'435'761 + word;
}

/* ---- the card ---- */

static void csd_set(unsigned from, unsigned count, uint32_t value) {
    for (unsigned i = 0; i < count; i++) {
        unsigned bit = from - 8 + i;
        *at(0x10 + bit / 32 * 4) |= (value >> i & 1) << bit % 32;
    }
}

static void csd_tell(void) {
    memset(at(0x10), 0, 16);
    if (model.high_capacity) {
        csd_set(126, 2, 1);
        csd_set(48, 22, model.csd_size);
    } else {
        csd_set(62, 12, model.csd_size);
        csd_set(47, 3, 7);
        csd_set(80, 4, model.csd_log);
    }
}

static void data_next(void) {
    bool fails = model.failing != 0 && model.sector == model.failing;
    *at(0x30) |= fails ? 1u << 21 : model.left > 0 ? READABLE : DATA_DONE;
}

static void read_begin(uint32_t argument) {
    CHECK(model.selected && (*at(0x04) & 0xFFFF) == SECTOR && *at(0x04) >> 16 > 0);
    CHECK(model.high_capacity || argument % SECTOR == 0);
    model.sector = model.high_capacity ? argument : argument / SECTOR;
    model.left = *at(0x04) >> 16;
    model.word = 0;
    model.reads++;
    data_next();
}

static bool condition_check(uint32_t argument) {
    CHECK(argument == 0x1AA);
    *at(0x10) = argument;
    return model.second_version;
}

static void operate(uint32_t argument) {
    bool ready = model.power_tries-- == 0;
    CHECK(((argument & 1 << 30) != 0) == model.second_version && (argument & 0xFF'8000) != 0);
    *at(0x10) = ready ? 1u << 31 | (model.high_capacity ? 1u << 30 : 0) : 0;
    model.power_tries += ready;
}

/* False: nobody answers. */
static bool card_obey(uint32_t number, uint32_t argument) {
    bool application = model.application;
    model.application = false;
    switch (number) {
    case 0:
    case 2:
        return true;
    case 3:
        *at(0x10) = ADDRESS | 0x500;
        return true;
    case 7:
        model.selected = argument == ADDRESS;
        return model.selected;
    case 8:
        return condition_check(argument);
    case 9:
        csd_tell();
        return argument == ADDRESS;
    case 16:
        return argument == SECTOR;
    case 18:
        read_begin(argument);
        return true;
    case 41:
        operate(argument);
        return application;
    case 55:
        model.application = true;
        return true;
    default:
        CHECK(!"a command that there is");
        return false;
    }
}

/* ---- the controller ---- */

static uint32_t data_read(void) {
    CHECK(model.left > 0 && model.word < SECTOR / 4);
    uint32_t value = word_of(model.sector, model.word);
    if (++model.word == SECTOR / 4) {
        model.word = 0;
        model.sector++;
        model.left--;
        data_next();
    }
    return value;
}

uint32_t device_read32(uintptr_t address) {
    unsigned offset = (unsigned)(address - CONTROLLER);
    if (address - PINS < 0x100) {
        return 0xFFFF'FFFF;
    }
    CHECK(address >= CONTROLLER && offset < 0x100 && offset % 4 == 0);
    return offset == 0x20 ? data_read() : *at(offset);
}

static uint32_t clock_hz(void) {
    uint32_t half = (*at(0x2C) >> 8 & 0xFF) | (*at(0x2C) >> 6 & 3) << 8;
    return half == 0 ? BASE_HZ : BASE_HZ / (2 * half);
}

/* That the clock is steady nobody can write. */
static void control_write(uint32_t value) {
    bool steady = *at(0x2C) & 2;
    value &= ~(7u << 24 | 2); /* resets are quick */
    *at(0x2C) = value & 1 ? value | 2 : value;
    CHECK(!(value & 4) || (steady && clock_hz() <= 25'000'000));
}

void device_write32(uintptr_t address, uint32_t value) {
    unsigned offset = (unsigned)(address - CONTROLLER);
    if (address - PINS < 0x100) {
        return;
    }
    CHECK(address >= CONTROLLER && offset < 0x100 && offset % 4 == 0);
    if (*at(0x2C) & 4) {
        CHECK((model.now - model.last_write) * (clock_hz() / 1000) >= 2 * 1000);
    }
    model.last_write = model.now;
    if (offset == 0x30) {
        *at(0x30) &= ~value;
    } else if (offset == 0x2C) {
        control_write(value);
    } else {
        *at(offset) = value;
    }
    if (offset == 0x0C) {
        CHECK(*at(0x2C) & 4);
        *at(0x30) |= model.there && card_obey(value >> 24, *at(0x08)) ? DONE : NO_ANSWER;
    }
}

/* ---- cards ---- */

static bool is_right(const uint32_t *words, uint32_t sector, uint32_t count) {
    for (uint32_t i = 0; i < count * (SECTOR / 4); i++) {
        if (words[i] != word_of(sector + i / (SECTOR / 4), i % (SECTOR / 4))) {
            return false;
        }
    }
    return true;
}

static void check_reads(struct disk *disk, uint32_t sector, uint32_t count) {
    uint32_t *words = malloc((size_t)count * SECTOR);
    CHECK(words != nullptr && disk->read(disk->context, sector, count, words));
    CHECK(words != nullptr && is_right(words, sector, count));
    free(words);
}

static void check_edges(struct disk *disk) {
    uint32_t words[2 * SECTOR / 4];
    unsigned before = model.reads;
    CHECK(!disk->read(disk->context, disk->sector_count, 1, words));
    CHECK(!disk->read(disk->context, disk->sector_count - 1, 2, words));
    CHECK(!disk->read(disk->context, UINT64_MAX, 1, words));
    CHECK(disk->read(disk->context, disk->sector_count, 0, words) && model.reads == before);
    check_reads(disk, (uint32_t)disk->sector_count - 1, 1);
}

/* More than the controller counts are several reads. */
static void play_large(void) {
    struct disk disk, again;
    model.second_version = model.high_capacity = true;
    model.csd_size = 99;
    model.power_tries = 3;
    CHECK(pi_card(&disk) && disk.sector_count == 100 * 1024);
    check_edges(&disk);
    check_reads(&disk, 0, 1);
    unsigned before = model.reads;
    check_reads(&disk, 77, 0x1'0001);
    CHECK(model.reads == before + 2);
    CHECK(pi_card(&again) && again.sector_count == disk.sector_count && model.reads == before + 2);
}

/* Addresses are of bytes. */
static void play_small(void) {
    struct disk disk;
    model.second_version = true;
    model.csd_log = 10;
    model.csd_size = 3;
    CHECK(pi_card(&disk) && disk.sector_count == 4 * 512 * 2);
    check_edges(&disk);
    check_reads(&disk, 7, 5);
}

static void play_old(void) {
    struct disk disk;
    model.csd_log = 9;
    model.csd_size = 4095;
    CHECK(pi_card(&disk) && disk.sector_count == 4096 * 512);
    check_reads(&disk, 1000, 3);
}

static void play_strange_blocks(void) {
    struct disk disk;
    model.csd_log = 12;
    CHECK(!pi_card(&disk));
}

static void play_failing(void) {
    struct disk disk;
    uint32_t words[4 * SECTOR / 4];
    model.second_version = model.high_capacity = true;
    model.failing = 12;
    CHECK(pi_card(&disk));
    CHECK(!disk.read(disk.context, 10, 4, words));
    check_reads(&disk, 8, 2);
}

static void play_none(void) {
    struct disk disk;
    model.there = false;
    CHECK(!pi_card(&disk) && !pi_card(&disk));
}

static void play_never_ready(void) {
    struct disk disk;
    model.power_tries = UINT32_MAX;
    model.step = ALWAYS;
    CHECK(!pi_card(&disk) && model.now > 2'000'000);
}

/* The controller says for ever that it is at work. */
static void play_busy(void) {
    struct disk disk;
    *at(0x24) = 1;
    model.step = ALWAYS;
    CHECK(!pi_card(&disk));
}

static void in_a_process(void (*play)(void)) {
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        check_failed = 0;
        model.there = true;
        model.step = 1;
        play();
        _exit(check_failed != 0);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
}

int main(void) {
    in_a_process(play_large);
    in_a_process(play_small);
    in_a_process(play_old);
    in_a_process(play_strange_blocks);
    in_a_process(play_failing);
    in_a_process(play_none);
    in_a_process(play_never_ready);
    in_a_process(play_busy);
    return check_finish("card");
}
