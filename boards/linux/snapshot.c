#include "boards/linux/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc.h"

enum { PAGE = 4096, FILE_SIZE = STATE_SIZE + sizeof(uint32_t) /* the CRC-32 of the memory */ };
static const char folder[] = "snapshots";

bool snapshot_may_be_named(const char *name)
{
    size_t size = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
    return size > 0 && size <= SNAPSHOT_NAME_MAX && name[size] == '\0';
}

static bool write_at(int file, const void *octets, size_t size, off_t at)
{
    ssize_t written = pwrite(file, octets, size, at);
    if (written >= 0 && (size_t)written < size) {
        errno = ENOSPC;
    }
    return written == (ssize_t)size;
}

/* Pages of zeros stay holes. */
static bool fill(int file, const uint8_t *memory)
{
    static const uint8_t zeros[PAGE];
    uint32_t crc = crc32_add(0, memory, STATE_SIZE);
    for (size_t at = 0; at < STATE_SIZE; at += PAGE) {
        if (memcmp(memory + at, zeros, PAGE) != 0 && !write_at(file, memory + at, PAGE, (off_t)at)) {
            return false;
        }
    }
    return write_at(file, &crc, sizeof crc, STATE_SIZE);
}

bool snapshot_write(const struct state *s, const char *name, char message[SNAPSHOT_MESSAGE_MAX])
{
    char temporary[SNAPSHOT_NAME_MAX + 8];
    snprintf(temporary, sizeof temporary, ".%s", name); /* no snapshot has such a name */
    mkdirat(s->directory, folder, 0777);
    int directory = openat(s->directory, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int file =
        directory < 0 ? -1 : openat(directory, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool good = file >= 0 && fill(file, s->map) && renameat(directory, temporary, directory, name) == 0;
    if (!good) {
        snprintf(message, SNAPSHOT_MESSAGE_MAX, "The snapshot %s cannot be written: %s.", name, strerror(errno));
    }
    if (file >= 0) {
        close(file);
    }
    if (!good && file >= 0) {
        unlinkat(directory, temporary, 0);
    }
    if (directory >= 0) {
        close(directory);
    }
    return good;
}

/* NULL, or what is wrong. */
static const char *look(const struct state *s, const uint8_t *octets, char why[STATE_FLAW_MAX])
{
    uint32_t crc;
    memcpy(&crc, octets + STATE_SIZE, sizeof crc);
    const char *flaw = state_flaw(octets, why);
    if (flaw == NULL && crc != crc32_add(0, octets, STATE_SIZE)) {
        flaw = "is damaged";
    }
    if (flaw == NULL && strcmp(state_serial_number(octets), s->serial_number) != 0) {
        snprintf(why, STATE_FLAW_MAX, "is of the meter with the serial number %s", state_serial_number(octets));
        flaw = why;
    }
    return flaw;
}

/* Says why not, if not. */
static bool read_whole(int file, uint8_t *octets, char why[STATE_FLAW_MAX])
{
    struct stat status = { 0 };
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size != FILE_SIZE) {
        snprintf(why, STATE_FLAW_MAX, "is none, or not all of one: it has %lld octets instead of %d",
                 (long long)status.st_size, (int)FILE_SIZE);
        return false;
    }
    for (size_t done = 0; done < FILE_SIZE;) {
        ssize_t size = pread(file, octets + done, FILE_SIZE - done, (off_t)done);
        if (size <= 0) {
            snprintf(why, STATE_FLAW_MAX, "cannot be read");
            return false;
        }
        done += (size_t)size;
    }
    return true;
}

uint8_t *snapshot_read(const struct state *s, const char *name, char message[SNAPSHOT_MESSAGE_MAX])
{
    char path[sizeof folder + SNAPSHOT_NAME_MAX + 1];
    char why[STATE_FLAW_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int file = openat(s->directory, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) {
        snprintf(message, SNAPSHOT_MESSAGE_MAX,
                 errno == ENOENT ? "There is no snapshot %s; make one with blathy ctl snapshot."
                                 : "The snapshot %s cannot be opened.",
                 name);
        return NULL;
    }
    uint8_t *octets = malloc(FILE_SIZE);
    const char *flaw = octets == NULL                  ? "has no room in memory"
                       : read_whole(file, octets, why) ? look(s, octets, why)
                                                       : why;
    close(file);
    if (flaw != NULL) {
        snprintf(message, SNAPSHOT_MESSAGE_MAX, "The snapshot %s %s; nothing was changed.", name, flaw);
        free(octets);
        octets = NULL;
    }
    return octets;
}
