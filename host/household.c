#include "host/household.h"

#include <stdbool.h>

#define MINUTE_S INT64_C(60)
#define HOUR_S   INT64_C(3600)
#define DAY_S    INT64_C(86400)
#define ONE      INT64_C(65536) /* fixed point of the noise */

/* Independent sources of chance; the order is part of what a seed means. */
enum chance {
    CHANCE_VOLTAGE_SLOW,
    CHANCE_VOLTAGE_FAST,
    CHANCE_FREQUENCY_SLOW,
    CHANCE_FREQUENCY_FAST,
    CHANCE_BASE,
    CHANCE_BASE_NOISE,
    CHANCE_FRIDGE,
    CHANCE_LIVING,
    CHANCE_LIVING_NOISE,
    CHANCE_KETTLE,
    CHANCE_COOKING,
    CHANCE_WASHING,
};

struct power {
    int64_t active_mw;
    int64_t reactive_mvar;
};

/* SplitMix64's output function (Steele, Lea, Flood 2014) over the seed, the source and the index. */
static uint64_t chance(uint64_t seed, enum chance source, int64_t index)
{
    uint64_t x = seed * 0x9E3779B97F4A7C15u + ((uint64_t)source + 1) * 0xD1B54A32D192ED03u + (uint64_t)index;
    for (unsigned round = 0; round < 2; round++) {
        x += 0x9E3779B97F4A7C15u;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
        x ^= x >> 31;
    }
    return x;
}

/* One of 0 .. count-1. */
static int64_t pick(uint64_t random, uint32_t count)
{
    return (int64_t)((random >> 32) * count >> 32);
}

/* Splits time into steps: the index of the step, and the seconds since it began (never negative). */
static int64_t step_of(int64_t time_s, int64_t length_s, int64_t *since_s)
{
    int64_t index = time_s / length_s;
    *since_s = time_s % length_s;
    if (*since_s < 0) {
        *since_s += length_s;
        index--;
    }
    return index;
}

/* A value of -ONE .. ONE that wanders without corners: random values every `step_s`, joined smoothly. */
static int64_t wander(uint64_t seed, enum chance source, int64_t time_s, int64_t step_s)
{
    int64_t since_s;
    int64_t index = step_of(time_s, step_s, &since_s);
    int64_t from = pick(chance(seed, source, index), 2 * ONE + 1) - ONE;
    int64_t to = pick(chance(seed, source, index + 1), 2 * ONE + 1) - ONE;
    int64_t x = since_s * ONE / step_s;
    int64_t smooth = x * x / ONE * (3 * ONE - 2 * x) / ONE;
    return from + (to - from) * smooth / ONE;
}

/* A value per hour of the day, joined by straight lines. */
static int64_t through_the_day(const uint16_t hourly[24], int64_t day_s)
{
    int64_t hour = day_s / HOUR_S;
    int64_t since_s = day_s % HOUR_S;
    int64_t from = hourly[hour];
    int64_t to = hourly[(hour + 1) % 24];
    return from + (to - from) * since_s / HOUR_S;
}

/* What is never switched off. Its mains filters draw leading current. */
static struct power standby(uint64_t seed, int64_t time_s)
{
    int64_t active_mw = 60000 + pick(chance(seed, CHANCE_BASE, 0), 80000);
    active_mw += wander(seed, CHANCE_BASE_NOISE, time_s, 5 * MINUTE_S) * 6000 / ONE;
    return (struct power){ active_mw, -active_mw / 4 };
}

static struct power fridge(uint64_t seed, int64_t time_s)
{
    uint64_t kind = chance(seed, CHANCE_FRIDGE, 0);
    int64_t cycle_s = 40 * MINUTE_S + pick(kind, 20 * MINUTE_S);
    int64_t since_s;
    step_of(time_s + (int64_t)(kind & 0xFFFF), cycle_s, &since_s);
    if (since_s < 2) {
        return (struct power){ 450000, 380000 }; /* the compressor starts */
    }
    return since_s < cycle_s * 2 / 5 ? (struct power){ 85000, 55000 } : (struct power){ 0, 0 };
}

/* Light, television, computers: little by day, a peak in the evening. */
static struct power living(uint64_t seed, int64_t time_s, int64_t day_s)
{
    static const uint16_t hourly_w[24] = { 30, 10, 5,  5,  5,   10,  70,  140, 100, 60,  60,  70,
                                           90, 80, 70, 80, 120, 190, 300, 380, 420, 400, 280, 120 };
    int64_t share = 3 * ONE / 4 + pick(chance(seed, CHANCE_LIVING, 0), ONE / 2);
    share += wander(seed, CHANCE_LIVING_NOISE, time_s, 15 * MINUTE_S) / 4;
    int64_t active_mw = through_the_day(hourly_w, day_s) * 1000 * share / ONE;
    return (struct power){ active_mw, -active_mw / 10 };
}

static struct power kettle(uint64_t seed, int64_t time_s, int64_t day_s)
{
    /* Chance in 256 that one is boiled in a quarter of that hour. */
    static const uint16_t hourly[24] = { 2,  0,  0,  0,  0,  8,  60, 90, 50, 30, 40, 30,
                                         60, 40, 30, 50, 40, 40, 60, 60, 40, 30, 20, 8 };
    int64_t since_s;
    int64_t quarter = step_of(time_s, 15 * MINUTE_S, &since_s);
    uint64_t random = chance(seed, CHANCE_KETTLE, quarter);
    int64_t begin_s = pick(random << 16, 10 * MINUTE_S);
    int64_t length_s = 2 * MINUTE_S + pick(random << 32, 2 * MINUTE_S);
    bool boiled = (random & 0xFF) < hourly[day_s / HOUR_S];
    bool now = since_s >= begin_s && since_s < begin_s + length_s;
    return boiled && now ? (struct power){ 2000000, 0 } : (struct power){ 0, 0 };
}

/* A hob whose thermostat switches it on for 24 s of every 40 s. */
static struct power cooking(uint64_t seed, int64_t time_s, int64_t day_s)
{
    static const uint16_t hourly[24] = { 0,   0,  0, 0, 0,  0,  20,  30,  10, 0, 10, 90,
                                         120, 30, 0, 0, 10, 60, 180, 150, 40, 0, 0,  0 };
    int64_t since_s;
    int64_t hour = step_of(time_s, HOUR_S, &since_s);
    uint64_t random = chance(seed, CHANCE_COOKING, hour);
    int64_t begin_s = pick(random << 16, 20 * MINUTE_S);
    int64_t length_s = 20 * MINUTE_S + pick(random << 32, 20 * MINUTE_S);
    bool cooked = (random & 0xFF) < hourly[day_s / HOUR_S];
    bool now = since_s >= begin_s && since_s < begin_s + length_s;
    return cooked && now && since_s % 40 < 24 ? (struct power){ 1800000, 20000 } : (struct power){ 0, 0 };
}

/* Water is heated for a quarter of an hour, then the drum turns to and fro. */
static struct power washing(uint64_t seed, int64_t day, int64_t day_s)
{
    uint64_t random = chance(seed, CHANCE_WASHING, day);
    int64_t since_s = day_s - (9 * HOUR_S + pick(random << 16, 8 * HOUR_S));
    if ((random & 0xFF) >= 100 || since_s < 0 || since_s >= HOUR_S) {
        return (struct power){ 0, 0 };
    }
    if (since_s < 15 * MINUTE_S) {
        return (struct power){ 2100000, 30000 };
    }
    return since_s % 20 < 12 ? (struct power){ 250000, 180000 } : (struct power){ 15000, 5000 };
}

void household_at(uint64_t seed, int64_t local_s, struct quantities *q)
{
    int64_t day_s;
    int64_t day = step_of(local_s, DAY_S, &day_s);
    const struct power parts[] = {
        standby(seed, local_s),       fridge(seed, local_s),         living(seed, local_s, day_s),
        kettle(seed, local_s, day_s), cooking(seed, local_s, day_s), washing(seed, day, day_s),
    };
    struct power sum = { 0, 0 };
    for (unsigned i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        sum.active_mw += parts[i].active_mw;
        sum.reactive_mvar += parts[i].reactive_mvar;
    }

    /* The supply line has about 0.3 ohm, so 1 kW takes 1.3 V. */
    int64_t voltage_mv = 231500 + wander(seed, CHANCE_VOLTAGE_SLOW, local_s, 20 * MINUTE_S) * 2500 / ONE +
                         wander(seed, CHANCE_VOLTAGE_FAST, local_s, 40) * 400 / ONE - sum.active_mw * 13 / 10000;
    /* Every house hangs on the same grid, so the seed is not asked. */
    int64_t frequency_uhz = 50000000 + wander(0, CHANCE_FREQUENCY_SLOW, local_s, 10 * MINUTE_S) * 20000 / ONE +
                            wander(0, CHANCE_FREQUENCY_FAST, local_s, 20) * 10000 / ONE;
    *q = (struct quantities){ .voltage_uv = (uint32_t)(voltage_mv * 1000),
                              .active_uw = sum.active_mw * 1000,
                              .reactive_uvar = sum.reactive_mvar * 1000,
                              .frequency_uhz = (uint32_t)frequency_uhz };
}
