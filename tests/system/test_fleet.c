/* A thousand meters in one process: each keeps its own load, its own identity and its own link.
 *
 * The client is written here from the standards (IEC 62056-46, IEC 62056-5-3) on the queues of the Bluetooth port. */
#include "boards/linux/virtual_meter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    METERS = 1000,
    READ_EVERY = 13, /* which meters are read over their link */
    QUANTITY_S = 600,
    SAMPLED_S = 3,
    START_S = 780000000 /* some evening in 2024 */
};

struct client {
    struct virtual_meter *meter;
    uint8_t next; /* V(S) and V(R): every request has one answer */
};

static uint16_t crc_x25(const uint8_t *octets, size_t size)
{
    uint16_t crc = 0xFFFF;
    for (size_t i = 0; i < size; i++) {
        crc ^= octets[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (uint16_t)((crc & 1) != 0 ? (crc >> 1) ^ 0x8408 : crc >> 1);
        }
    }
    return crc ^ 0xFFFF;
}

static void put_crc(uint8_t *octets, size_t size)
{
    uint16_t crc = crc_x25(octets, size);
    octets[size] = (uint8_t)crc;
    octets[size + 1] = (uint8_t)(crc >> 8);
}

/* Sends a frame from client 32 (Reader) to server 1 and returns the information field of the answer. */
static size_t exchange(struct client *c, uint8_t control, const uint8_t *info, size_t size, uint8_t answer[256])
{
    uint8_t frame[256] = { 0x7E, 0xA0, 0, 0x03, 32 << 1 | 1, control };
    size_t length = 7; /* without flags */
    if (size > 0) {
        length += size + 2;
    }
    frame[2] = (uint8_t)length;
    put_crc(frame + 1, 5);
    if (size > 0) {
        memcpy(frame + 8, info, size);
        put_crc(frame + 1, length - 2);
    }
    frame[length + 1] = 0x7E;
    struct machine_line *line = &c->meter->board.lines[BOARD_BLUETOOTH];
    assert_int_equal(queue_put(&line->received, frame, length + 2), length + 2);
    for (int i = 0; i < 100; i++) {
        app_step(&c->meter->app);
    }
    size_t got = queue_get(&line->sending, answer, 256);
    assert_true(got >= 9 && answer[0] == 0x7E && answer[got - 1] == 0x7E);
    assert_int_equal((answer[1] & 7) << 8 | answer[2], got - 2);
    assert_int_equal(crc_x25(answer + 1, got - 4), answer[got - 3] | answer[got - 2] << 8);
    if (got == 9) {
        return 0;
    }
    memmove(answer, answer + 8, got - 11);
    return got - 11;
}

/* An APDU and its answer, in one I frame each. Returns the size of the answer. */
static size_t request(struct client *c, const uint8_t *apdu, size_t size, uint8_t answer[256])
{
    uint8_t info[200] = { 0xE6, 0xE6, 0x00 };
    memcpy(info + 3, apdu, size);
    uint8_t control = (uint8_t)(c->next << 5 | 0x10 | c->next << 1);
    c->next = (uint8_t)((c->next + 1) % 8);
    size_t got = exchange(c, control, info, size + 3, answer);
    assert_true(got > 3);
    assert_memory_equal(answer, "\xE6\xE7\x00", 3);
    memmove(answer, answer + 3, got - 3);
    return got - 3;
}

static void connect(struct client *c, struct virtual_meter *m)
{
    static const uint8_t aarq[] = {
        0x60, 0x36, 0xA1, 0x09, 0x06, 0x07, 0x60, 0x85, 0x74, 0x05, 0x08, 0x01, 0x01, 0x8A,
        0x02, 0x07, 0x80, 0x8B, 0x07, 0x60, 0x85, 0x74, 0x05, 0x08, 0x02, 0x01, 0xAC, 0x0A,
        0x80, 0x08, '0',  '0',  '0',  '0',  '0',  '0',  '0',  '1',  0xBE, 0x10, 0x04, 0x0E,
        0x01, 0x00, 0x00, 0x00, 0x06, 0x5F, 0x1F, 0x04, 0x00, 0x00, 0x7E, 0x1D, 0xFF, 0xFF
    };
    uint8_t answer[256];
    *c = (struct client){ .meter = m };
    machine_line_attach(&m->board, BOARD_BLUETOOTH, true);
    exchange(c, 0x93, NULL, 0, answer); /* SNRM */
    size_t size = request(c, aarq, sizeof aarq, answer);
    assert_true(size > 17 && answer[0] == 0x61);
    assert_memory_equal(answer + 13, "\xA2\x03\x02\x01\x00", 5 - 1); /* result: accepted */
}

/* GET attribute 2. Returns the size of the encoded value. */
static size_t get(struct client *c, uint8_t ic, const uint8_t obis[6], uint8_t value[256])
{
    uint8_t apdu[13] = { 0xC0, 0x01, 0xC1, 0x00, ic };
    memcpy(apdu + 5, obis, 6);
    apdu[11] = 2;
    size_t size = request(c, apdu, sizeof apdu, value);
    assert_true(size > 4);
    assert_memory_equal(value, "\xC4\x01\xC1\x00", 4);
    memmove(value, value + 4, size - 4);
    return size - 4;
}

static uint32_t get_number(struct client *c, uint8_t channel, uint8_t kind)
{
    const uint8_t obis[6] = { 1, 0, channel, kind, 0, 255 };
    uint8_t value[256];
    size_t size = get(c, 3, obis, value);
    uint32_t number = 0;
    for (size_t i = 1; i < size; i++) {
        number = number << 8 | value[i];
    }
    return number;
}

static void check_serial(struct client *c, const char *serial)
{
    static const uint8_t obis[6] = { 0, 0, 96, 1, 0, 255 };
    uint8_t value[256];
    assert_int_equal(get(c, 1, obis, value), 2 + strlen(serial));
    assert_memory_equal(value + 2, serial, strlen(serial));
}

/* KiB of this process that are in memory, and what the kernel needs to find them. */
static long kib(const char *name)
{
    char line[128];
    char form[64];
    long found = 0;
    FILE *file = fopen("/proc/self/status", "r");
    assert_non_null(file);
    snprintf(form, sizeof form, "%s: %%ld kB", name);
    while (fgets(line, sizeof line, file) != NULL && sscanf(line, form, &found) != 1) {
    }
    fclose(file);
    return found;
}

static long resident_kib(void)
{
    return kib("VmRSS") + kib("VmPTE");
}

struct fleet {
    struct virtual_meter *meters;
    struct load *loads;
};

static void serial_of(unsigned number, struct identity *identity)
{
    snprintf(identity->serial_number, sizeof identity->serial_number, "7%08u", number);
}

static void make_fleet(struct fleet *f)
{
    f->meters = calloc(METERS, sizeof *f->meters);
    f->loads = calloc(METERS, sizeof *f->loads);
    assert_true(f->meters != NULL && f->loads != NULL);
    for (unsigned i = 0; i < METERS; i++) {
        char message[LOAD_MESSAGE_MAX];
        char specification[64];
        if (i % 2 == 0) {
            snprintf(specification, sizeof specification, "household:%u", i);
        } else {
            snprintf(specification, sizeof specification, "constant:230,%u.%u,0.8", i % 90 + 1, i / 100);
        }
        assert_int_equal(load_open(&f->loads[i], specification, 1, message), LOAD_OPENED);
        struct identity identity = { 0 };
        serial_of(i, &identity);
        virtual_meter_init(&f->meters[i], &identity, &f->loads[i], START_S, false);
    }
}

/* What the load says, summed up here: mWh and mvarh of the time that was booked by the second. */
static void check_energy(struct client *c, const struct load *l)
{
    uint64_t active_uws = 0;
    int64_t inductive_uvars = 0;
    for (int64_t s = 0; s < QUANTITY_S + SAMPLED_S; s++) {
        struct quantities q;
        load_at(l, START_S + s, &q);
        active_uws += (uint64_t)q.active_uw;
        inductive_uvars += q.reactive_uvar > 0 ? q.reactive_uvar : 0;
    }
    const double wh = (double)active_uws / 3.6e9;
    const double varh = (double)inductive_uvars / 3.6e9;
    const double measured_wh = get_number(c, 1, 8);
    const double measured_varh = get_number(c, 5, 8);
    assert_true(measured_wh <= wh && measured_wh > wh - 1.0 - wh * 0.001); /* the last window is still open */
    assert_true(measured_varh <= varh + 0.01 && measured_varh > varh - 1.0 - varh * 0.001 - 0.01);
}

/* The instantaneous values come from samples by now: they lie among those of the last seconds. */
static void check_instant(struct client *c, const struct load *l)
{
    double least_v = 1e9;
    double most_v = 0.0;
    double least_w = 1e9;
    double most_w = 0.0;
    for (int64_t s = QUANTITY_S; s < QUANTITY_S + SAMPLED_S; s++) {
        struct quantities q;
        load_at(l, START_S + s, &q);
        double v = q.voltage_uv / 1e6;
        double w = (double)q.active_uw / 1e6;
        least_v = v < least_v ? v : least_v;
        most_v = v > most_v ? v : most_v;
        least_w = w < least_w ? w : least_w;
        most_w = w > most_w ? w : most_w;
    }
    double v = get_number(c, 32, 7) / 10.0;
    double w = get_number(c, 1, 7);
    assert_true(v > least_v - 0.11 && v < most_v + 0.11);
    assert_true(w > least_w * 0.9999 - 1.01 && w < most_w * 1.0001 + 1.01);
}

static void a_thousand_meters_keep_apart(void **state)
{
    (void)state;
    struct fleet f;
    long before_kib = resident_kib();
    make_fleet(&f);
    for (unsigned s = 0; s < QUANTITY_S; s++) {
        for (unsigned i = 0; i < METERS; i++) {
            virtual_meter_step(&f.meters[i]);
        }
    }
    for (unsigned i = 0; i < METERS; i++) {
        f.meters[i].sampled = true;
        for (unsigned step = 0; step < SAMPLED_S * 50; step++) {
            virtual_meter_step(&f.meters[i]);
        }
        assert_int_equal(virtual_meter_local_s(&f.meters[i]), START_S + QUANTITY_S + SAMPLED_S);
    }
    long used_kib = resident_kib() - before_kib;
    for (unsigned i = 0; i < METERS; i += READ_EVERY) {
        struct client c;
        struct identity identity;
        serial_of(i, &identity);
        connect(&c, &f.meters[i]);
        check_serial(&c, identity.serial_number);
        check_energy(&c, &f.loads[i]);
        check_instant(&c, &f.loads[i]);
    }
    print_message("%zu octets for each meter, of which the meter itself %zu; with its flash %ld in memory\n",
                  sizeof(struct virtual_meter) + sizeof(struct load), sizeof(struct app), used_kib * 1024 / METERS);
    for (unsigned i = 0; i < METERS; i++) {
        virtual_meter_end(&f.meters[i]);
        load_close(&f.loads[i]);
    }
    free(f.loads);
    free(f.meters);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_meters_keep_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
