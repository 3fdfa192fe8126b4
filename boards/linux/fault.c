#include "boards/linux/fault.h"

#include <string.h>

#include "host/number.h"

enum { OCTET_BITS = 8 };

/* A number behind a word, with its unit, between the limits. */
static bool take(const char *text, const char *word, const char *unit, double least, double most, double *value)
{
    size_t size = strlen(word);
    const char *end = strncmp(text, word, size) == 0 ? number_read(text + size, value) : NULL;
    return end != NULL && strcmp(end, unit) == 0 && *value >= least && *value <= most;
}

bool fault_read(struct fault *f, const char *text, uint64_t seed)
{
    struct fault read = { .random = seed };
    double value;
    if (strcmp(text, "off") == 0) {
        read.kind = FAULT_NONE;
    } else if (strcmp(text, "echo") == 0) {
        read.kind = FAULT_ECHO;
    } else if (strcmp(text, "drop-ff") == 0) {
        read.kind = FAULT_DROP_FF;
    } else if (take(text, "ber=", "", 0, 1, &value)) {
        read.kind = FAULT_ERRORS;
        read.error_rate = value;
    } else if (take(text, "gap=", "ms", 1, FAULT_GAP_MS_MAX, &value)) {
        read.kind = FAULT_GAP;
        read.gap_ms = (uint32_t)value;
    } else {
        return false;
    }
    *f = read;
    return true;
}

/* SplitMix64 (Steele, Lea, Flood 2014), as a number from 0 to below 1. */
static double next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

bool fault_pass(struct fault *f, uint8_t *octet)
{
    for (unsigned bit = 0; f->kind == FAULT_ERRORS && bit < OCTET_BITS; bit++) {
        if (next_random(&f->random) < f->error_rate) {
            *octet ^= (uint8_t)(1u << bit);
        }
    }
    return f->kind != FAULT_DROP_FF || *octet != 0xFF;
}

bool fault_holds(const struct fault *f, const struct fault_way *way, uint64_t now_us)
{
    return f->kind == FAULT_GAP && way->begun && now_us - way->begun_us < UINT64_C(1000) * f->gap_ms;
}

size_t fault_ready(const struct fault *f, const struct fault_way *way, size_t ready, uint64_t now_us)
{
    if (f->kind != FAULT_GAP) {
        return ready;
    }
    if (way->begun) {
        return fault_holds(f, way, now_us) ? 0 : ready;
    }
    return ready < FAULT_GAP_AFTER - way->delivered ? ready : FAULT_GAP_AFTER - way->delivered;
}

void fault_delivered(const struct fault *f, struct fault_way *way, size_t size, size_t rest, uint64_t now_us)
{
    if (f->kind != FAULT_GAP || rest == 0) {
        *way = (struct fault_way){ 0 };
    } else if (!way->begun) {
        way->delivered += size;
        way->begun = way->delivered >= FAULT_GAP_AFTER;
        way->begun_us = now_us;
    }
}
