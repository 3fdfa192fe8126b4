#include "meter/window.h"

#include "meter/fixed.h"

#define CROSSTALK_SHIFT 40        /* metrology_path holds it in Q40 */
#define NO_VOLTAGE_UV   46000000u /* 0.2 Un */
#define IDLE_NA         10000000u /* half the starting current */
#define NEUTRAL_NA      200000000
#define NEUTRAL_BACK_NA 160000000
#define NEUTRAL_WAIT_US 5000000u

/* Ist is 20 mA (4.6 W) and 25 mA (5.75 var): metrology.md 2.2 (10); 20 mA at 0.8 Un is 3.7 W. */
static const struct creep_threshold ACTIVE = { .start = 2000000, .stop = 1500000 };
static const struct creep_threshold REACTIVE = { .start = 2500000, .stop = 1900000 };

/* What a window's sums say, in codes squared times samples; the means are removed. */
struct reading {
    int64_t vv, ii, oo, vi, vo;
    int64_t fundamental_vv;
    int64_t reactive;
    int64_t other_na; /* rms of the channel that is not billed */
    uint32_t weight;
};

static int64_t without_means(int64_t sum_ab, int64_t sum_a, int64_t sum_b, uint32_t weight)
{
    return sum_ab - fixed_scale(sum_a * 65536, sum_b, weight);
}

/* (a b + c d) of sums that hold an amplitude times 2^21 and the number of samples. */
static int64_t of_fundamentals(int64_t a, int64_t b, int64_t c, int64_t d, uint32_t weight)
{
    struct fixed_wide sum = fixed_add(fixed_multiply(a, b), fixed_multiply(c, d));
    return fixed_shift_right(fixed_divide(sum, weight), 27);
}

static int64_t without_noise(int64_t square, uint32_t noise_code2, uint32_t weight)
{
    int64_t rest = square - (int64_t)(((uint64_t)noise_code2 * weight) >> 16);
    return rest > 0 ? rest : 0;
}

/* v * i of a window that is not made of whole cycles: a part of a cycle has a mean of its own, so what is removed is
 * that of the last window of ten. Parts add up to the whole without loss. */
static int64_t active_of_part(const struct metrology *m)
{
    const int64_t *s = m->sums;
    int64_t v = m->voltage_wave.mean;
    int64_t i = m->current_wave.mean;
    int64_t of_means = fixed_scale_down(v * i, m->weight, 16);
    return s[METROLOGY_VI] - v * s[METROLOGY_I] - i * s[METROLOGY_V] + of_means;
}

/* The rms value in codes, Q17. */
static int64_t root_of(int64_t square, uint32_t weight)
{
    if (square <= 0) {
        return 0;
    }
    return (int64_t)fixed_root(fixed_divide(fixed_multiply(square, INT64_C(1) << 50), weight));
}

static struct reading read_sums(const struct metrology *m)
{
    bool whole = m->pll.cycles == PLL_CYCLES; /* windows of one cycle are not yet exact */
    const int64_t *s = m->sums;
    uint32_t n = m->weight;
    struct reading r = {
        .vv = without_means(s[METROLOGY_VV], s[METROLOGY_V], s[METROLOGY_V], n),
        .ii = without_means(s[METROLOGY_II], s[METROLOGY_I], s[METROLOGY_I], n),
        .oo = without_means(s[METROLOGY_OO], s[METROLOGY_O], s[METROLOGY_O], n),
        .vi = whole ? without_means(s[METROLOGY_VI], s[METROLOGY_V], s[METROLOGY_I], n) : active_of_part(m),
        .vo = without_means(s[METROLOGY_VO], s[METROLOGY_V], s[METROLOGY_O], n),
        .fundamental_vv = of_fundamentals(s[METROLOGY_VC], s[METROLOGY_VC], s[METROLOGY_VS], s[METROLOGY_VS], n),
        .reactive = of_fundamentals(s[METROLOGY_VC], s[METROLOGY_IS], -s[METROLOGY_VS], s[METROLOGY_IC], n),
        .weight = n,
    };
    r.ii = without_noise(r.ii, m->billed.noise_code2, n);
    r.oo = without_noise(r.oo, m->other.noise_code2, n);
    r.vi -= fixed_scale_down(r.vv, m->billed.in_phase, CROSSTALK_SHIFT);
    r.vo -= fixed_scale_down(r.vv, m->other.in_phase, CROSSTALK_SHIFT);
    r.reactive -= fixed_scale_down(r.fundamental_vv, m->billed.quadrature, CROSSTALK_SHIFT);
    r.other_na = fixed_scale_down(root_of(r.oo, n), m->other.current_scale, 64);
    return r;
}

/* V * I * N of two roots. */
static int64_t product_of_roots(int64_t v, int64_t i, uint32_t weight)
{
    return fixed_scale_down(fixed_scale_down(v, i, 34), weight, 16);
}

/* Whole nJ; what is below stays in *rest, so that the sum of all windows is exact. */
static int64_t energy_of(int64_t reading, int64_t scale, uint64_t *rest)
{
    struct fixed_wide sum = fixed_add(fixed_multiply(reading, scale), (struct fixed_wide){ 0, *rest });
    *rest = sum.low;
    return sum.high;
}

/* uW of a reading: times 65536 rate / 1000 / weight. */
static int64_t power_of(int64_t reading, int64_t scale, uint32_t rate_hz, uint32_t weight)
{
    int64_t energy_nj = fixed_scale_down(reading, scale, 64);
    struct fixed_wide product = fixed_multiply(energy_nj, (int64_t)rate_hz * 8192);
    return (int64_t)fixed_divide(fixed_divide(product, weight), 125).low;
}

static int64_t magnitude(int64_t a)
{
    return a < 0 ? -a : a;
}

static uint32_t duration_of(struct metrology *m)
{
    uint64_t scaled = (uint64_t)m->weight * 1000000u + m->duration_rest;
    uint32_t divisor = m->pll.rate_hz << 16;
    m->duration_rest = (uint32_t)(scaled % divisor);
    return (uint32_t)(scaled / divisor);
}

/* By how much a wave leads the oscillator's sine, 2^32 is one turn. The sine, so that windows begin where the voltage
 * crosses zero, as loads do that are switched in whole cycles. */
static uint32_t lead(int64_t cosine, int64_t sine)
{
    return fixed_angle(cosine, sine);
}

static void follow_voltage(struct metrology *m, const struct reading *r, struct metrology_window *w)
{
    if (w->voltage_uv < NO_VOLTAGE_UV) {
        m->flags |= METROLOGY_NO_VOLTAGE;
        pll_hold(&m->pll);
    } else if (m->flags & METROLOGY_SAMPLE_MISSED) {
        pll_coast(&m->pll); /* what bridges a gap has the oscillator's own phase */
    } else if (r->fundamental_vv < r->vv / 2) {
        pll_restart(&m->pll);
    } else {
        pll_follow(&m->pll, lead(m->sums[METROLOGY_VC], m->sums[METROLOGY_VS]), r->weight);
    }
    w->frequency_uhz = m->pll.frequency_uhz;
}

/* Books by direction: the sign of an energy that is not registered is that of noise and counts as positive. */
static void book(struct metrology *m, struct metrology_window *w, int64_t active_nj, int64_t reactive_nj,
                 int64_t apparent_nj)
{
    bool idle = w->current_na < IDLE_NA;
    int64_t p = creep_pass(&m->active, &ACTIVE, w->active_uw, active_nj, w->duration_us, idle);
    int64_t q = creep_pass(&m->reactive, &REACTIVE, w->reactive_uvar, reactive_nj, w->duration_us, idle);
    bool running = m->active.running || m->reactive.running;
    bool rising = m->active.rising || m->reactive.rising;
    int64_t s = apparent_nj + (running || rising ? m->apparent_maybe_nj : 0);
    m->apparent_maybe_nj = running ? 0 : s;

    static const uint8_t QUADRANTS[2][2] = { { 1, 4 }, { 2, 3 } };
    w->quadrant = QUADRANTS[p < 0][q < 0];
    w->energy = (struct energy_increment){ 0 };
    w->energy.reactive_q_nj[w->quadrant - 1] = magnitude(q);
    *(p < 0 ? &w->energy.active_export_nj : &w->energy.active_import_nj) = magnitude(p);
    *(p < 0 ? &w->energy.apparent_export_nj : &w->energy.apparent_import_nj) = running ? s : 0;
    if (!running) {
        m->flags |= METROLOGY_NO_LOAD;
        w->power_factor_ppm = 1000000;
        w->phase_udeg = 0;
    }
}

static int32_t power_factor(int64_t active, int64_t apparent)
{
    while (apparent > UINT32_MAX) { /* seven digits need no more */
        apparent /= 2;
        active /= 2;
    }
    return apparent > 0 ? (int32_t)fixed_scale(active, 1000000, (uint32_t)apparent) : 1000000;
}

static void read_window(struct metrology *m, const struct reading *r, struct metrology_window *w)
{
    const int64_t *s = m->sums;
    int64_t voltage = root_of(r->vv, r->weight);
    int64_t current = root_of(r->ii, r->weight);
    int64_t apparent = product_of_roots(voltage, current, r->weight);
    if (apparent < magnitude(r->vi)) { /* the noise took too much off the current */
        apparent = magnitude(r->vi);
    }
    int64_t scale = m->billed.energy_scale;
    uint32_t rate_hz = m->pll.rate_hz;
    uint32_t lag = lead(s[METROLOGY_VC], s[METROLOGY_VS]) - lead(s[METROLOGY_IC], s[METROLOGY_IS]);

    w->duration_us = duration_of(m);
    w->voltage_uv = (uint32_t)fixed_scale_down(voltage, m->voltage_scale, 64);
    w->current_na = (uint64_t)fixed_scale_down(current, m->billed.current_scale, 64);
    w->neutral_na = m->neutral_billed                      ? w->current_na
                    : (m->flags & METROLOGY_SAMPLE_MISSED) ? m->last.neutral_na /* it is not bridged */
                                                           : (uint64_t)r->other_na;
    w->active_uw = power_of(r->vi, scale, rate_hz, r->weight);
    w->reactive_uvar = power_of(r->reactive, scale, rate_hz, r->weight);
    w->apparent_uva = (uint64_t)power_of(apparent, scale, rate_hz, r->weight);
    w->power_factor_ppm = power_factor(r->vi, apparent);
    w->phase_udeg = (uint32_t)(((uint64_t)lag * 360000000u) >> 32);
    book(m, w, energy_of(r->vi, scale, &m->active_rest), energy_of(r->reactive, scale, &m->reactive_rest),
         energy_of(apparent, scale, &m->apparent_rest));
}

/* What the window says about the signals, for gaps and for parts of a cycle. */
static void keep_wave(struct metrology_wave *wave, int64_t sum, int64_t cosine, int64_t sine, const struct metrology *m)
{
    if (m->pll.cycles == PLL_CYCLES) {
        wave->mean = (int32_t)(sum * 65536 / m->weight);
    }
    wave->cosine = (int32_t)((cosine >> 5) / m->weight); /* 2^16 for the weight, half the 2^22 of the table */
    wave->sine = (int32_t)((sine >> 5) / m->weight);
}

/* Current that returns past the line's sensor is found in the neutral: the channel of the larger power is billed.
 * metrology.md 2.2 (12): a difference of 6.25 % and 0.2 A, for 5 s; back at 5 % or 0.16 A. */
static void choose_channel(struct metrology *m, const struct reading *r, const struct metrology_window *w)
{
    if (w->flags & (METROLOGY_NO_VOLTAGE | METROLOGY_SAMPLE_MISSED)) {
        return; /* no powers to compare */
    }
    int64_t billed_nj = magnitude(fixed_scale_down(r->vi, m->billed.energy_scale, 64));
    int64_t other_nj = magnitude(fixed_scale_down(r->vo, m->other.energy_scale, 64));
    int64_t more_na = (int64_t)w->current_na - r->other_na; /* in the billed channel */
    bool wrong = m->neutral_billed ? (billed_nj - other_nj) * 20 < billed_nj || more_na < NEUTRAL_BACK_NA
                                   : (other_nj - billed_nj) * 16 > other_nj && -more_na > NEUTRAL_NA;
    m->wrong_us = wrong ? m->wrong_us + w->duration_us : 0;
    if (m->wrong_us > NEUTRAL_WAIT_US) {
        struct metrology_path path = m->billed;
        m->billed = m->other;
        m->other = path;
        m->neutral_billed = !m->neutral_billed;
        m->wrong_us = 0;
    }
}

void window_end(struct metrology *m, struct metrology_window *w)
{
    struct reading r = read_sums(m);
    const int64_t *s = m->sums;
    read_window(m, &r, w);
    keep_wave(&m->voltage_wave, s[METROLOGY_V], s[METROLOGY_VC], s[METROLOGY_VS], m);
    keep_wave(&m->current_wave, s[METROLOGY_I], s[METROLOGY_IC], s[METROLOGY_IS], m);
    follow_voltage(m, &r, w);
    m->flags |= m->neutral_billed ? METROLOGY_NEUTRAL_BILLED : 0;
    w->flags = m->flags;
    m->last = *w;
    choose_channel(m, &r, w);
}

void window_end_early(struct metrology *m, struct metrology_window *w)
{
    *w = m->last;
    w->duration_us = duration_of(m);
    w->energy = (struct energy_increment){ 0 };
    w->flags = m->flags;
    if (m->weight == 0) {
        return;
    }
    int64_t active = active_of_part(m) - fixed_scale_down(m->sums[METROLOGY_VV], m->billed.in_phase, CROSSTALK_SHIFT);
    int64_t duration_us = w->duration_us;
    w->active_uw = power_of(active, m->billed.energy_scale, m->pll.rate_hz, m->weight);
    book(m, w, energy_of(active, m->billed.energy_scale, &m->active_rest),
         fixed_scale(w->reactive_uvar, duration_us, 1000), fixed_scale((int64_t)w->apparent_uva, duration_us, 1000));
    w->flags = m->flags;
}
