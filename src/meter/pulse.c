#include "meter/pulse.h"

#define NJ_PER_PULSE 3600000000000 /* 1 Wh */
#define OWED_US      150000u

void pulse_init(struct pulse *p, uint64_t rest_nj, uint8_t owed)
{
    *p = (struct pulse){ .rest_nj = (int64_t)(rest_nj % NJ_PER_PULSE), .owed = owed };
}

void pulse_plan(struct pulse *p, int64_t energy_nj, uint32_t duration_us)
{
    uint32_t busy_us = p->start_us + p->plan_us; /* after the end of the window before */
    uint32_t room = duration_us / OWED_US;
    uint8_t paid = p->owed < room ? p->owed : (uint8_t)room;
    p->start_us = busy_us > duration_us ? busy_us - duration_us : 0;
    p->plan_us = duration_us;
    p->plan_nj = energy_nj + paid * NJ_PER_PULSE;
    p->next_nj = NJ_PER_PULSE - p->rest_nj;
    p->rest_nj = (p->rest_nj + energy_nj) % NJ_PER_PULSE;
    p->owed = (uint8_t)(p->owed - paid);
}

/* When the plan has given out so much of it. */
static uint32_t due_us(const struct pulse *p, int64_t given_nj)
{
    uint64_t at = (uint64_t)given_nj;
    uint64_t whole = (uint64_t)p->plan_nj;
    while (whole > UINT32_MAX) { /* 32 bits of both are enough for a time of 32 bits */
        at >>= 1;
        whole >>= 1;
    }
    return p->start_us + (uint32_t)(at * p->plan_us / whole);
}

bool pulse_next(struct pulse *p, uint32_t *delay_us)
{
    if (p->next_nj > p->plan_nj) {
        return false;
    }
    *delay_us = due_us(p, p->next_nj);
    p->next_nj += NJ_PER_PULSE;
    return true;
}

static void owe(struct pulse *p)
{
    p->owed = (uint8_t)(p->owed + (p->owed < UINT8_MAX));
}

void pulse_stop(struct pulse *p, int64_t energy_nj, uint32_t elapsed_us)
{
    for (; p->next_nj > NJ_PER_PULSE && due_us(p, p->next_nj - NJ_PER_PULSE) > elapsed_us; p->next_nj -= NJ_PER_PULSE) {
        owe(p);
    }
    for (p->rest_nj += energy_nj; p->rest_nj >= NJ_PER_PULSE; p->rest_nj -= NJ_PER_PULSE) {
        owe(p);
    }
}
