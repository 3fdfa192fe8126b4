#include "meter/pulse.h"

#define NJ_PER_PULSE 3600000000000 /* 1 Wh */

void pulse_init(struct pulse *p, uint64_t rest_nj)
{
    *p = (struct pulse){ .rest_nj = (int64_t)(rest_nj % NJ_PER_PULSE) };
}

void pulse_plan(struct pulse *p, int64_t energy_nj, uint32_t duration_us)
{
    uint32_t busy_us = p->start_us + p->plan_us; /* after the end of the window before */
    p->start_us = busy_us > duration_us ? busy_us - duration_us : 0;
    p->plan_us = duration_us;
    p->plan_nj = energy_nj;
    p->next_nj = NJ_PER_PULSE - p->rest_nj;
    p->rest_nj = (p->rest_nj + energy_nj) % NJ_PER_PULSE;
}

bool pulse_next(struct pulse *p, uint32_t *delay_us)
{
    if (p->next_nj > p->plan_nj) {
        return false;
    }
    uint64_t at = (uint64_t)p->next_nj;
    uint64_t whole = (uint64_t)p->plan_nj;
    while (whole > UINT32_MAX) { /* 32 bits of both are enough for a time of 32 bits */
        at >>= 1;
        whole >>= 1;
    }
    *delay_us = p->start_us + (uint32_t)(at * p->plan_us / whole);
    p->next_nj += NJ_PER_PULSE;
    return true;
}
