#include "boards/linux/state.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/crc.h"
#include "host/cli.h"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the file is what stands in memory, little endian");

enum { VERSION = 1, PAGE = 4096, HEADER_AT = 0, CLOCK_AT = PAGE, ERASES_AT = 2 * PAGE, FLASH_AT = 3 * PAGE };
enum { FILE_SIZE = STATE_SIZE };
static_assert(FILE_SIZE == FLASH_AT + PART_SIZE, "the flash is the end of it");
static_assert(MEMORY_BLOCKS * sizeof(uint32_t) == PAGE, "the erase counts fill their page");

static const char usual_serial_number[] = "10000001";
static const char magic[16] = "BLATHY MEMORY\r\n";
static const char name[] = "memory";

struct header {
    char magic[16];
    uint32_t version;
    uint32_t blocks;
    uint32_t block_size;
    char serial_number[20];
    uint8_t free[12];
    uint32_t crc; /* of what stands before it */
};
static_assert(sizeof(struct header) == 64, "no gaps");

/* Two copies stand one after the other, the even sequence numbers first; the newer one that is whole counts. */
struct copy {
    uint64_t sequence;
    int64_t host_us;
    int64_t world_us;
    int64_t chip_us;
    int32_t trim_ppb;
    int32_t crystal_ppb;
    int16_t tenths_c;
    uint16_t battery_hundredths_v;
    uint8_t chip_valid;
    uint8_t free[7];
    uint32_t zero;
    uint32_t crc; /* of what stands before it */
};
static_assert(sizeof(struct copy) == 64, "no gaps");

static uint32_t crc_before(const void *thing, size_t offset)
{
    return crc32_add(0, thing, offset);
}

/* What is there -------------------------------------------------------------------------------------- */

static const struct copy *copy_at(const uint8_t *map, unsigned number)
{
    return (const struct copy *)(const void *)(map + CLOCK_AT) + number;
}

static bool is_whole(const struct copy *c)
{
    return c->crc == crc_before(c, offsetof(struct copy, crc));
}

/* NULL: neither copy is whole. */
static const struct copy *newest(const uint8_t *map)
{
    const struct copy *first = copy_at(map, 0);
    const struct copy *second = copy_at(map, 1);
    if (is_whole(first) && (!is_whole(second) || first->sequence > second->sequence)) {
        return first;
    }
    return is_whole(second) ? second : NULL;
}

const char *state_flaw(const uint8_t *map, char why[STATE_FLAW_MAX])
{
    struct header h;
    memcpy(&h, map + HEADER_AT, sizeof h);
    if (memcmp(h.magic, magic, sizeof magic) != 0) {
        return "is not the memory of a meter";
    }
    if (h.crc != crc_before(&h, offsetof(struct header, crc)) ||
        memchr(h.serial_number, '\0', IDENTITY_TEXT_MAX + 1) == NULL) {
        return "is damaged in its header";
    }
    if (h.version != VERSION) {
        snprintf(why, STATE_FLAW_MAX, "is of version %u, and this program knows version %d", h.version, VERSION);
        return why;
    }
    if (h.blocks != MEMORY_BLOCKS || h.block_size != BOARD_FLASH_BLOCK) {
        return "is that of another machine";
    }
    return newest(map) == NULL ? "is damaged where its clock stands" : NULL;
}

const char *state_serial_number(const uint8_t *map)
{
    return (const char *)map + offsetof(struct header, serial_number);
}

/* Making it ------------------------------------------------------------------------------------------ */

static bool write_all(int file, const void *octets, size_t size, off_t offset)
{
    ssize_t written = pwrite(file, octets, size, offset);
    if (written >= 0 && (size_t)written < size) {
        errno = ENOSPC;
    }
    return written == (ssize_t)size;
}

static bool fill(int file, const char *serial_number)
{
    static const uint8_t zeros[PAGE];
    struct header h = { .version = VERSION, .blocks = MEMORY_BLOCKS, .block_size = BOARD_FLASH_BLOCK };
    memcpy(h.magic, magic, sizeof magic);
    snprintf(h.serial_number, sizeof h.serial_number, "%s", serial_number);
    h.crc = crc_before(&h, offsetof(struct header, crc));
    struct copy none = { 0 };
    none.crc = crc_before(&none, offsetof(struct copy, crc));
    return ftruncate(file, FILE_SIZE) == 0 && write_all(file, zeros, PAGE, HEADER_AT) &&
           write_all(file, &h, sizeof h, HEADER_AT) && write_all(file, zeros, PAGE, CLOCK_AT) &&
           write_all(file, &none, sizeof none, CLOCK_AT) && write_all(file, zeros, PAGE, ERASES_AT);
}

/* Makes the file under a name of this process and then gives it its own, unless another process was faster. */
static bool make(struct state *s, const char *path, const char *serial_number)
{
    char temporary[32];
    snprintf(temporary, sizeof temporary, "%s.%ld", name, (long)getpid());
    int file = openat(s->directory, temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600); /* it holds passwords */
    bool good = file >= 0 && fill(file, serial_number);
    if (good) {
        s->made = linkat(s->directory, temporary, s->directory, name, 0) == 0;
        good = s->made || errno == EEXIST;
    }
    if (!good) {
        cli_say("%s/%s cannot be made: %s", path, name, strerror(errno));
    }
    if (file >= 0) {
        close(file);
        unlinkat(s->directory, temporary, 0);
    }
    return good;
}

/* Opening it ----------------------------------------------------------------------------------------- */

static bool open_directory(struct state *s, const char *path)
{
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        cli_say("The state directory %s cannot be made: %s", path, strerror(errno));
        return false;
    }
    s->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->directory < 0) {
        cli_say("The state directory %s cannot be opened: %s", path, strerror(errno));
    }
    return s->directory >= 0;
}

static bool lock(const struct state *s, const char *path)
{
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    if (fcntl(s->file, F_SETLK, &whole) == 0) {
        return true;
    }
    int reason = errno;
    if ((reason == EAGAIN || reason == EACCES) && fcntl(s->file, F_GETLK, &whole) == 0 && whole.l_type != F_UNLCK) {
        cli_say("The state in %s is in use by process %ld; end that one first, or name another --state.", path,
                (long)whole.l_pid);
    } else {
        cli_say("%s/%s cannot be locked: %s", path, name, strerror(reason));
    }
    return false;
}

static bool map_file(struct state *s, const char *path)
{
    struct stat status = { 0 };
    char why[STATE_FLAW_MAX];
    if (fstat(s->file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size != FILE_SIZE) {
        cli_say(
            "%s/%s is not the memory of a meter, or not all of it: it has %lld octets instead of %d. It was left as it "
            "is. Name another --state.",
            path, name, (long long)status.st_size, (int)FILE_SIZE);
        return false;
    }
    void *map = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, s->file, 0);
    if (map == MAP_FAILED) {
        cli_say("%s/%s cannot be mapped: %s", path, name, strerror(errno));
        return false;
    }
    s->map = map;
    const char *flaw = state_flaw(s->map, why);
    if (flaw != NULL) {
        cli_say("%s/%s %s; it was left as it is. Name another --state.", path, name, flaw);
        return false;
    }
    s->sequence = newest(s->map)->sequence;
    return true;
}

static bool open_file(struct state *s, const char *path, const char *serial_number)
{
    for (int attempt = 0; s->file < 0 && attempt < 2; attempt++) {
        s->file = openat(s->directory, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (s->file < 0 && (errno != ENOENT || attempt > 0)) {
            cli_say("%s/%s cannot be opened for writing: %s", path, name, strerror(errno));
            return false;
        }
        if (s->file < 0 && !make(s, path, serial_number)) {
            return false;
        }
    }
    return s->file >= 0 && lock(s, path) && map_file(s, path);
}

bool state_open(struct state *s, const char *path, const char *serial_number)
{
    *s = (struct state){ .directory = -1, .file = -1 };
    bool good =
        open_directory(s, path) && open_file(s, path, serial_number != NULL ? serial_number : usual_serial_number);
    if (good) {
        struct header h;
        memcpy(&h, s->map + HEADER_AT, sizeof h);
        memcpy(s->serial_number, h.serial_number, sizeof s->serial_number);
        if (serial_number != NULL && strcmp(serial_number, s->serial_number) != 0) {
            cli_say("The meter in %s has the serial number %s, not %s; leave --serial out, or name another --state.",
                    path, s->serial_number, serial_number);
            good = false;
        }
    }
    if (!good) {
        state_close(s);
    }
    return good;
}

void state_take_back(struct state *s)
{
    if (s->made) {
        unlinkat(s->directory, name, 0);
    }
}

void state_close(struct state *s)
{
    if (s->map != NULL) {
        munmap(s->map, FILE_SIZE);
    }
    if (s->file >= 0) {
        close(s->file);
    }
    if (s->directory >= 0) {
        close(s->directory);
    }
    *s = (struct state){ .directory = -1, .file = -1 };
}

void state_flash(const struct state *s, struct part *flash)
{
    part_init_on(flash, s->map + FLASH_AT, (uint32_t *)(void *)(s->map + ERASES_AT), s->file, FLASH_AT);
}

void state_replace(struct state *s, const uint8_t *map, struct part *flash)
{
    memcpy(s->map + ERASES_AT, map + ERASES_AT, FLASH_AT - ERASES_AT);
    part_replace(flash, map + FLASH_AT);
}

const uint8_t *state_flash_in(const uint8_t *map)
{
    return map + FLASH_AT;
}

/* Times ---------------------------------------------------------------------------------------------- */

int64_t state_host_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

bool state_times(const uint8_t *map, struct machine_times *times, int64_t *host_us)
{
    const struct copy *c = newest(map);
    if (c == NULL || c->sequence == 0) {
        return false;
    }
    *host_us = c->host_us;
    *times = (struct machine_times){
        .world_us = c->world_us,
        .chip_us = c->chip_us,
        .chip_valid = c->chip_valid != 0,
        .trim_ppb = c->trim_ppb,
        .crystal_ppb = c->crystal_ppb,
        .tenths_c = c->tenths_c,
        .battery_hundredths_v = c->battery_hundredths_v,
    };
    return true;
}

void state_keep_times(struct state *s, const struct machine_times *times)
{
    struct copy c = {
        .sequence = ++s->sequence,
        .host_us = state_host_us(),
        .world_us = times->world_us,
        .chip_us = times->chip_us,
        .chip_valid = times->chip_valid,
        .trim_ppb = times->trim_ppb,
        .crystal_ppb = times->crystal_ppb,
        .tenths_c = times->tenths_c,
        .battery_hundredths_v = times->battery_hundredths_v,
    };
    c.crc = crc_before(&c, offsetof(struct copy, crc));
    memcpy(s->map + CLOCK_AT + c.sequence % 2 * sizeof c, &c, sizeof c);
}
