/* The flash of the virtual meter: the rules of NOR, against the simulated part of the power tests, and what it costs
 * the host. */
#include "boards/linux/part.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "boards/sim/nor.h"

enum { OFFSET = 12288, RANDOM_STEPS = 200000, PLACES = 6 };

/* A file as the state has it: a hole. */
struct file {
    int fd;
    uint8_t *map;
};

static struct file open_file(void)
{
    char path[] = "/tmp/blathy-part-XXXXXX";
    struct file f = { .fd = mkstemp(path) };
    assert_true(f.fd >= 0);
    unlink(path);
    assert_int_equal(ftruncate(f.fd, (off_t)(OFFSET + PART_SIZE)), 0);
    f.map = mmap(NULL, OFFSET + PART_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, f.fd, 0);
    assert_true(f.map != MAP_FAILED);
    return f;
}

static void close_file(struct file *f)
{
    munmap(f->map, OFFSET + PART_SIZE);
    close(f->fd);
}

static long kib_on_disk(const struct file *f)
{
    struct stat status;
    assert_int_equal(fstat(f->fd, &status), 0);
    return (long)status.st_blocks / 2;
}

static void a_blank_part_reads_as_ones(void **state)
{
    (void)state;
    struct part p;
    uint8_t octets[3] = { 0 };
    part_init(&p);
    assert_int_equal(part_read(&p, PART_SIZE - 3, octets, 3), STATUS_OK);
    assert_memory_equal(octets, "\xFF\xFF\xFF", 3);
    assert_int_equal(part_erase(&p, MEMORY_BLOCKS - 1), STATUS_OK);
    assert_null(p.octets);
    part_end(&p);
}

static void what_breaks_a_rule_is_refused(void **state)
{
    (void)state;
    struct part p;
    const uint8_t octets[BOARD_FLASH_PAGE + 1] = { 0x12, 0xFF, 0x34 };
    uint8_t read[4];
    part_init(&p);
    assert_int_equal(part_program(&p, BOARD_FLASH_PAGE - 2, octets, 3), STATUS_RANGE); /* over a page */
    assert_int_equal(part_program(&p, 0, octets, sizeof octets), STATUS_RANGE);
    assert_int_equal(part_program(&p, 0, octets, 0), STATUS_RANGE);
    assert_int_equal(part_program(&p, PART_SIZE - 1, octets, 2), STATUS_RANGE); /* beyond the part */
    assert_int_equal(part_program(&p, UINT32_MAX, octets, 1), STATUS_RANGE);
    assert_int_equal(part_read(&p, PART_SIZE - 1, read, 2), STATUS_RANGE);
    assert_int_equal(part_erase(&p, MEMORY_BLOCKS), STATUS_RANGE);
    assert_null(p.octets);

    assert_int_equal(part_program(&p, 5, octets, 3), STATUS_OK);
    assert_int_equal(part_program(&p, 5, octets, 1), STATUS_RANGE);  /* twice */
    assert_int_equal(part_program(&p, 4, octets, 2), STATUS_RANGE);  /* partly twice */
    assert_int_equal(part_program(&p, 6, octets + 1, 1), STATUS_OK); /* ones leave it blank */
    assert_int_equal(part_read(&p, 4, read, 4), STATUS_OK);
    assert_memory_equal(read, "\xFF\x12\xFF\x34", 4);
    part_end(&p);
}

/* Octets around the borders of pages and blocks, and sizes that cross them. */
static void step(struct part *p, struct nor *nor, uint32_t random)
{
    static const uint32_t places[PLACES] = { 0, 250, 4090, 8192 - 20, 512 * 4096 - 3, PART_SIZE - 9 };
    uint8_t given[40];
    uint8_t expected[40];
    uint32_t address = places[random % PLACES] + (random >> 8 & 15);
    size_t size = random >> 16 & 31;
    for (size_t i = 0; i < sizeof given; i++) {
        given[i] = (uint8_t)((random >> 3) * (i + 1) >> 2);
    }
    switch (random >> 28) {
    case 0:
        assert_int_equal(part_erase(p, address / BOARD_FLASH_BLOCK), nor_erase(nor, address / BOARD_FLASH_BLOCK));
        break;
    case 1:
    case 2:
    case 3:
    case 4:
        assert_int_equal(part_program(p, address, given, size), nor_program(nor, address, given, size));
        break;
    default:
        assert_int_equal(part_read(p, address, given, size), nor_read(nor, address, expected, size));
        if (size > 0 && address + size <= PART_SIZE) {
            assert_memory_equal(given, expected, size);
        }
    }
}

static void it_does_what_the_simulated_part_does(void **state)
{
    (void)state;
    static uint8_t octets[PART_SIZE];
    static uint32_t erases[MEMORY_BLOCKS];
    for (int in_file = 0; in_file < 2; in_file++) {
        struct nor nor;
        struct part p;
        struct file f = open_file();
        nor_init(&nor, octets, erases, MEMORY_BLOCKS);
        part_init(&p);
        if (in_file) {
            part_init_on(&p, f.map + OFFSET, (uint32_t *)(void *)(f.map + 8192), f.fd, OFFSET);
        }
        uint32_t random = 1;
        for (unsigned i = 0; i < RANDOM_STEPS; i++) {
            random = random * 1664525u + 1013904223u;
            step(&p, &nor, random ^ random >> 15);
        }
        if (in_file) {
            assert_memory_equal(f.map + 8192, erases, sizeof erases);
            assert_int_equal(part_wear(&p), erases[0] > erases[1] ? erases[0] : erases[1]);
        }
        part_end(&p);
        close_file(&f);
    }
}

static void a_file_is_as_large_as_what_was_programmed(void **state)
{
    (void)state;
    struct file f = open_file();
    struct part p;
    uint8_t octets[BOARD_FLASH_PAGE];
    part_init_on(&p, f.map + OFFSET, NULL, f.fd, OFFSET);
    for (uint32_t address = 0; address < PART_SIZE; address += BOARD_FLASH_PAGE) {
        assert_int_equal(part_read(&p, address, octets, sizeof octets), STATUS_OK);
    }
    part_erase(&p, 17);
    assert_int_equal(kib_on_disk(&f), 0);
    for (uint32_t block = 3; block < MEMORY_BLOCKS; block += 100) {
        assert_int_equal(part_program(&p, block * BOARD_FLASH_BLOCK + 7, (const uint8_t *)"\x0F", 1), STATUS_OK);
    }
    assert_in_range(kib_on_disk(&f), 44, 176);

    struct part again; /* finds what is there, and that the rest is blank */
    part_init_on(&again, f.map + OFFSET, NULL, f.fd, OFFSET);
    for (uint32_t block = 0; block < MEMORY_BLOCKS; block++) {
        assert_int_equal(part_read(&again, block * BOARD_FLASH_BLOCK + 7, octets, 1), STATUS_OK);
        assert_int_equal(octets[0], block % 100 == 3 ? 0x0F : 0xFF);
    }
    close_file(&f);
}

/* A limit on the size of files stands for the full disk: the rest of the part lies beyond it. */
static void a_full_disk_is_a_part_that_fails(void **state)
{
    (void)state;
    struct file f = open_file();
    struct part p;
    uint8_t octet = 0x55;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit limit = { .rlim_cur = OFFSET + 10 * BOARD_FLASH_BLOCK, .rlim_max = before.rlim_max };
    assert_int_equal(ftruncate(f.fd, OFFSET + 10 * BOARD_FLASH_BLOCK), 0);
    part_init_on(&p, f.map + OFFSET, NULL, f.fd, OFFSET);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(part_program(&p, 9 * BOARD_FLASH_BLOCK, &octet, 1), STATUS_OK);
    assert_int_equal(part_program(&p, 10 * BOARD_FLASH_BLOCK, &octet, 1), STATUS_FAILED);
    assert_int_equal(part_read(&p, 10 * BOARD_FLASH_BLOCK, &octet, 1), STATUS_OK);
    assert_int_equal(octet, 0xFF);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(part_program(&p, 10 * BOARD_FLASH_BLOCK, (const uint8_t *)"\x55", 1), STATUS_OK); /* room again */
    close_file(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_blank_part_reads_as_ones),
        cmocka_unit_test(what_breaks_a_rule_is_refused),
        cmocka_unit_test(it_does_what_the_simulated_part_does),
        cmocka_unit_test(a_file_is_as_large_as_what_was_programmed),
        cmocka_unit_test(a_full_disk_is_a_part_that_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
