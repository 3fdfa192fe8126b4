#include "meter/selftest.h"

#include "base/crc.h"
#include "meter/event.h"
#include "meter/meter.h"

enum { TURNS = 16 }; /* a one through zeros, then a zero through ones */

static uint8_t pattern(uint8_t turn, unsigned cell)
{
    uint8_t one = (uint8_t)(1u << (turn + cell) % 8);
    return turn < TURNS / 2 ? one : (uint8_t)~one;
}

static void fill(struct selftest *s)
{
    for (unsigned i = 0; i < SELFTEST_AREA; i++) {
        s->area[i] = pattern(s->turn, i);
    }
}

static bool holds(const struct selftest *s)
{
    bool good = true;
    for (unsigned i = 0; i < SELFTEST_AREA; i++) {
        good &= s->area[i] == pattern(s->turn, i);
    }
    return good;
}

static void guard(struct meter *m)
{
    m->guard_before = m->guard_after = SELFTEST_GUARD;
}

static bool guarded(const struct meter *m)
{
    return m->guard_before == SELFTEST_GUARD && m->guard_after == SELFTEST_GUARD;
}

void selftest_init(struct meter *m)
{
    struct selftest *s = &m->supervision.selftest;
    *s = (struct selftest){ 0 };
    fill(s);
    guard(m);
}

void selftest_power_up(struct meter *m)
{
    if (board_watchdog_reset(m->board)) {
        event_raise(m, EVENT_WATCHDOG, 0);
    }
}

/* Good again after as many seconds as there are turns, so a cell that fails in one of them only is told of once. */
static void test_ram(struct meter *m)
{
    struct selftest *s = &m->supervision.selftest;
    bool good = guarded(m) && holds(s);
    s->turn = (uint8_t)((s->turn + 1u) % TURNS);
    fill(s);
    guard(m);
    s->good_s = good ? (uint16_t)(s->good_s + (s->good_s < TURNS)) : 0;
    if (!good && !s->ram_bad) {
        s->ram_bad = true;
        event_raise(m, EVENT_RAM_ERROR, 0);
    }
    if (s->good_s == TURNS) {
        s->ram_bad = false;
    }
}

static void judge_program(struct meter *m, bool good)
{
    struct selftest *s = &m->supervision.selftest;
    if (!good && !s->program_bad) {
        event_raise(m, EVENT_PROGRAM_ERROR, 0);
    }
    s->program_bad = !good;
}

static void test_program(struct meter *m)
{
    struct selftest *s = &m->supervision.selftest;
    size_t size = 0;
    uint32_t expected = 0;
    const uint8_t *program = board_program(m->board, &size, &expected);
    if (program == NULL) {
        return;
    }
    if (s->wait_s > 0) {
        s->wait_s--;
        return;
    }
    size_t left = size - s->at;
    size_t slice = left < SELFTEST_SLICE ? left : SELFTEST_SLICE;
    s->crc = crc32_add(s->crc, program + s->at, slice);
    s->at += slice;
    if (s->at == size) {
        judge_program(m, s->crc == expected);
        s->at = 0;
        s->crc = 0;
        s->wait_s = SELFTEST_HOUR_S;
    }
}

static void watch_memory(struct meter *m)
{
    struct selftest *s = &m->supervision.selftest;
    if (memory_failed(m) && !s->memory_bad) {
        s->memory_bad = true; /* first: this event is written to that memory */
        event_raise(m, EVENT_MEMORY_ERROR, 0);
        settings_told(&m->memory.settings);
    }
}

void selftest_step(struct meter *m)
{
    test_ram(m);
    test_program(m);
    watch_memory(m);
}
