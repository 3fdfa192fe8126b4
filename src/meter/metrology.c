#include "meter/metrology.h"

#include <string.h>

#include "meter/fixed.h"
#include "meter/sine.h"

#define CODE_MAX     0x7fffff
#define CLIPPED_FROM 0x7fff00u /* so that a 16-bit converter, left-justified, can reach it too */

#define GAIN_ONE_PPB    1000000000u
#define DECIMATOR_MAX   4u
#define NO_VOLTAGE_UV   46000000u /* 0.2 Un */
#define IDLE_NA         10000000u /* half the starting current */
#define NEUTRAL_NA      200000000
#define NEUTRAL_WAIT_US 5000000u

/* Ist is 20 mA (4.6 W) and 25 mA (5.75 var): metrology.md 2.2 (10); 20 mA at 0.8 Un is 3.7 W. */
static const struct creep_threshold ACTIVE = { .start = 2000000, .stop = 1500000 };
static const struct creep_threshold REACTIVE = { .start = 2500000, .stop = 1900000 };

const struct metrology_calibration metrology_nominal = {
    .voltage = { .gain_ppb = GAIN_ONE_PPB },
    .current = { .gain_ppb = GAIN_ONE_PPB },
    .neutral = { .gain_ppb = GAIN_ONE_PPB },
};

/* Calibration ------------------------------------------------------------- */

static bool channel_is_valid(const struct metrology_channel *c, uint32_t rate_hz)
{
    int64_t delay = (int64_t)c->delay_ns * rate_hz; /* in samples, of 10^9 */
    return c->gain_ppb >= GAIN_ONE_PPB / 2 && c->gain_ppb <= GAIN_ONE_PPB * 2 && delay >= -1000000000 &&
           delay <= 1000000000;
}

/* By Taylor, x(t - d) = x - d x' + d^2/2 x''. The droop of a sinc^n decimator is n/24 x''. */
static struct metrology_filter filter_for(const struct metrology_channel *c, unsigned order, uint32_t rate_hz)
{
    int64_t delay = (((int64_t)c->delay_ns * rate_hz) << 24) / 1000000000;
    int64_t curve = ((delay * delay) >> 25) - (int64_t)((order << 24) / 24u);
    return (struct metrology_filter){
        .newest = (int32_t)(curve - delay / 2),
        .middle = (int32_t)((1 << 24) - 2 * curve),
        .oldest = (int32_t)(curve + delay / 2),
    };
}

/* pA/V as codes of the current for one of the voltage, Q40: the full scales are 450 V and 187.5 A. */
static int64_t crosstalk(int32_t ps, const struct metrology_channel *v, const struct metrology_channel *i)
{
    return (int64_t)ps * v->gain_ppb / i->gain_ppb * 2638828 / 1000000;
}

static struct metrology_path path_for(const struct metrology_channel *c, size_t offset,
                                      const struct metrology_calibration *calibration, uint32_t rate_hz)
{
    const struct metrology_channel *v = &calibration->voltage;
    /* 450 V * 187.5 A / 2^46 * 10^9 * 2^64, with gains in 10^-9, is 13824/625 */
    return (struct metrology_path){
        .offset = offset,
        .filter = filter_for(c, calibration->decimator_order, rate_hz),
        .energy_scale = fixed_scale((int64_t)v->gain_ppb * c->gain_ppb, 13824, 625u * rate_hz),
        .current_scale = (int64_t)c->gain_ppb * 3145728000, /* 187.5 A / 2^23 * 2^47 */
        .noise_code2 = c->noise_code2,
        .in_phase = crosstalk(c->in_phase_ps, v, c),
        .quadrature = crosstalk(c->quadrature_ps, v, c),
    };
}

/* Windows ------------------------------------------------------------------ */

static void begin_window(struct metrology *m)
{
    uint64_t turn = ((uint64_t)m->pll.cycles << 32) - m->phase;
    m->left = (uint32_t)(turn / m->pll.step);
    m->last_share = (uint32_t)(((turn % m->pll.step) << 16) / m->pll.step);
    m->flags = 0;
}

enum status metrology_init(struct metrology *m, const struct metrology_calibration *calibration, uint32_t rate_hz)
{
    if (rate_hz < METROLOGY_RATE_MIN_HZ || rate_hz > METROLOGY_RATE_MAX_HZ ||
        calibration->decimator_order > DECIMATOR_MAX || !channel_is_valid(&calibration->voltage, rate_hz) ||
        !channel_is_valid(&calibration->current, rate_hz) || !channel_is_valid(&calibration->neutral, rate_hz)) {
        return STATUS_RANGE;
    }
    *m = (struct metrology){
        .voltage = filter_for(&calibration->voltage, calibration->decimator_order, rate_hz),
        .voltage_scale = (int64_t)calibration->voltage.gain_ppb * 37748736 / 5, /* 450 V / 2^23 * 2^47 */
        .billed = path_for(&calibration->current, offsetof(struct board_sample, current), calibration, rate_hz),
        .other = path_for(&calibration->neutral, offsetof(struct board_sample, neutral), calibration, rate_hz),
    };
    pll_init(&m->pll, rate_hz);
    begin_window(m);
    return STATUS_OK;
}

/* Every sample ------------------------------------------------------------- */

static inline int32_t code_at(const struct board_sample *sample, size_t offset)
{
    int32_t code;
    memcpy(&code, (const char *)sample + offset, sizeof code);
    return code;
}

static inline int32_t limited(int32_t code, uint8_t *flags)
{
    if ((uint32_t)code + CLIPPED_FROM - 1u > 2u * (CLIPPED_FROM - 1u)) { /* |code| >= CLIPPED_FROM */
        *flags |= METROLOGY_CLIPPED;
        return code > CODE_MAX ? CODE_MAX : code < -CODE_MAX - 1 ? -CODE_MAX - 1 : code;
    }
    return code;
}

static inline int32_t filtered(struct metrology_filter *f, int32_t code)
{
    int64_t y = f->next + (int64_t)f->newest * code;
    f->next = f->after_next + (int64_t)f->middle * code;
    f->after_next = (int64_t)f->oldest * code;
    return (int32_t)(y >> 24);
}

/* The first sample of all: as if it had been there before. */
static void prime_filter(struct metrology_filter *f, int32_t code)
{
    f->next = (int64_t)(f->middle + f->oldest) * code;
    f->after_next = (int64_t)f->oldest * code;
}

/* Adds whole samples; the outputs are one sample behind the inputs. A filtered code is below 2^24, so a sum of
 * 8,000 products stays below 2^61: it is exact. Everything that changes is kept in locals, for speed. */
static void accumulate(struct metrology *m, int64_t sums[METROLOGY_SUMS], const struct board_sample *samples,
                       size_t count)
{
    struct metrology_filter voltage = m->voltage;
    struct metrology_filter billed = m->billed.filter;
    struct metrology_filter other = m->other.filter;
    const size_t billed_at = m->billed.offset;
    const size_t other_at = m->other.offset;
    const uint32_t step = m->pll.step;
    uint32_t phase = m->phase;
    uint8_t flags = m->flags;
    int64_t sum_v = 0, sum_i = 0, sum_o = 0, sum_vv = 0, sum_ii = 0, sum_oo = 0;
    int64_t sum_vi = 0, sum_vo = 0, sum_vc = 0, sum_vs = 0, sum_ic = 0, sum_is = 0;

    for (size_t k = 0; k < count; k++) {
        int64_t v = filtered(&voltage, limited(samples[k].voltage, &flags));
        int64_t i = filtered(&billed, limited(code_at(&samples[k], billed_at), &flags));
        int64_t o = filtered(&other, limited(code_at(&samples[k], other_at), &flags));
        int32_t s, c;
        sine_and_cosine(phase, &s, &c);
        phase += step;
        sum_v += v;
        sum_i += i;
        sum_o += o;
        sum_vv += v * v;
        sum_ii += i * i;
        sum_oo += o * o;
        sum_vi += v * i;
        sum_vo += v * o;
        sum_vc += v * c;
        sum_vs += v * s;
        sum_ic += i * c;
        sum_is += i * s;
    }

    sums[METROLOGY_V] += sum_v;
    sums[METROLOGY_I] += sum_i;
    sums[METROLOGY_O] += sum_o;
    sums[METROLOGY_VV] += sum_vv;
    sums[METROLOGY_II] += sum_ii;
    sums[METROLOGY_OO] += sum_oo;
    sums[METROLOGY_VI] += sum_vi;
    sums[METROLOGY_VO] += sum_vo;
    sums[METROLOGY_VC] += sum_vc;
    sums[METROLOGY_VS] += sum_vs;
    sums[METROLOGY_IC] += sum_ic;
    sums[METROLOGY_IS] += sum_is;
    m->voltage = voltage;
    m->billed.filter = billed;
    m->other.filter = other;
    m->phase = phase;
    m->flags = flags;
}

/* Every window -------------------------------------------------------------- */

/* What a window's sums say, in codes squared times samples; the means are removed. */
struct reading {
    int64_t vv, ii, oo, vi, vo;
    int64_t fundamental_vv;
    int64_t reactive;
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
    return (int64_t)fixed_shift_right(fixed_divide(sum, weight), 27).low;
}

static int64_t part_of_q40(int64_t a, int64_t factor)
{
    return (int64_t)fixed_shift_right(fixed_multiply(a, factor), 40).low;
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
    int64_t of_means = (int64_t)fixed_shift_right(fixed_multiply(v * i, m->weight), 16).low;
    return s[METROLOGY_VI] - v * s[METROLOGY_I] - i * s[METROLOGY_V] + of_means;
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
    r.vi -= part_of_q40(r.vv, m->billed.in_phase);
    r.vo -= part_of_q40(r.vv, m->other.in_phase);
    r.reactive -= part_of_q40(r.fundamental_vv, m->billed.quadrature);
    return r;
}

/* The rms value in codes, Q17. */
static int64_t root_of(int64_t square, uint32_t weight)
{
    if (square <= 0) {
        return 0;
    }
    return (int64_t)fixed_root(fixed_divide(fixed_multiply(square, INT64_C(1) << 50), weight));
}

/* V * I * N of two roots. */
static int64_t product_of_roots(int64_t v, int64_t i, uint32_t weight)
{
    int64_t square = (int64_t)fixed_shift_right(fixed_multiply(v, i), 34).low;
    return (int64_t)fixed_shift_right(fixed_multiply(square, weight), 16).low;
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
    int64_t energy_nj = fixed_multiply(reading, scale).high;
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
    } else if (m->phase_lost || r->fundamental_vv < r->vv / 2) {
        pll_restart(&m->pll);
    } else {
        pll_follow(&m->pll, lead(m->sums[METROLOGY_VC], m->sums[METROLOGY_VS]), r->weight);
    }
    m->phase_lost = false;
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
    int64_t other = root_of(r->oo, r->weight);
    int64_t apparent = product_of_roots(voltage, current, r->weight);
    if (apparent < magnitude(r->vi)) { /* the noise took too much off the current */
        apparent = magnitude(r->vi);
    }
    int64_t scale = m->billed.energy_scale;
    uint32_t rate_hz = m->pll.rate_hz;
    uint32_t lag = lead(s[METROLOGY_VC], s[METROLOGY_VS]) - lead(s[METROLOGY_IC], s[METROLOGY_IS]);

    w->duration_us = duration_of(m);
    w->voltage_uv = (uint32_t)fixed_multiply(voltage, m->voltage_scale).high;
    w->current_na = (uint64_t)fixed_multiply(current, m->billed.current_scale).high;
    w->neutral_na = m->neutral_billed ? w->current_na : (uint64_t)fixed_multiply(other, m->other.current_scale).high;
    w->active_uw = power_of(r->vi, scale, rate_hz, r->weight);
    w->reactive_uvar = power_of(r->reactive, scale, rate_hz, r->weight);
    w->apparent_uva = (uint64_t)power_of(apparent, scale, rate_hz, r->weight);
    w->power_factor_ppm = power_factor(r->vi, apparent);
    w->phase_udeg = (uint32_t)(((uint64_t)lag * 360000000u) >> 32);
    book(m, w, energy_of(r->vi, scale, &m->active_rest), energy_of(r->reactive, scale, &m->reactive_rest),
         energy_of(apparent, scale, &m->apparent_rest));
}

/* What the window says about the signals, for gaps and for parts of a cycle. */
static void keep_wave(struct metrology_wave *wave, int64_t sum, int64_t cosine, int64_t sine,
                      const struct metrology *m)
{
    if (m->pll.cycles == PLL_CYCLES) {
        wave->mean = (int32_t)(sum * 65536 / m->weight);
    }
    wave->cosine = (int32_t)((cosine >> 5) / m->weight); /* 2^16 for the weight, half the 2^22 of the table */
    wave->sine = (int32_t)((sine >> 5) / m->weight);
}

/* Current that returns past the line's sensor is found in the neutral: the channel of the larger power is billed.
 * metrology.md 2.2 (12): a difference of 6.25 % and 0.2 A, for 5 s; back at 5 % or 0.16 A. */
static void choose_channel(struct metrology *m, const struct reading *r)
{
    int64_t billed_nj = magnitude(fixed_multiply(r->vi, m->billed.energy_scale).high);
    int64_t other_nj = magnitude(fixed_multiply(r->vo, m->other.energy_scale).high);
    int64_t billed_na = fixed_multiply(root_of(r->ii, r->weight), m->billed.current_scale).high;
    int64_t other_na = fixed_multiply(root_of(r->oo, r->weight), m->other.current_scale).high;
    bool wrong = m->neutral_billed
                     ? (billed_nj - other_nj) * 20 < billed_nj || billed_na - other_na < NEUTRAL_NA / 5 * 4
                     : (other_nj - billed_nj) * 16 > other_nj && other_na - billed_na > NEUTRAL_NA;
    if (m->flags & METROLOGY_NO_VOLTAGE) {
        return; /* no power to compare */
    }
    m->wrong_us = wrong ? m->wrong_us + m->last.duration_us : 0;
    if (m->wrong_us > NEUTRAL_WAIT_US) {
        struct metrology_path path = m->billed;
        m->billed = m->other;
        m->other = path;
        m->neutral_billed = !m->neutral_billed;
        m->wrong_us = 0;
    }
}

static void end_window(struct metrology *m, struct metrology_window *w)
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
    choose_channel(m, &r);
}

/* The sample on the boundary: its parts add up to it exactly. */
static void split_sample(struct metrology *m, const struct board_sample *sample, struct metrology_window *w)
{
    int64_t parts[METROLOGY_SUMS] = { 0 };
    uint32_t share = m->last_share;
    accumulate(m, parts, sample, 1);
    for (unsigned k = 0; k < METROLOGY_SUMS; k++) {
        int64_t mine = (parts[k] >> 16) * share + (((parts[k] & 0xffff) * share) >> 16);
        m->sums[k] += mine;
        parts[k] -= mine;
    }
    m->weight += share;
    end_window(m, w);
    memcpy(m->sums, parts, sizeof m->sums);
    m->weight = 65536u - share;
    begin_window(m);
}

static size_t take(struct metrology *m, const struct board_sample *samples, size_t count, struct metrology_window *w,
                   bool *ended)
{
    size_t whole = count < m->left ? count : m->left;
    size_t taken = whole;
    accumulate(m, m->sums, samples, whole);
    m->left -= (uint32_t)whole;
    m->weight += (uint32_t)whole << 16;
    if (whole < count) {
        split_sample(m, &samples[whole], w);
        *ended = true;
        taken++;
    }
    if (taken > 0) {
        m->newest = samples[taken - 1];
    }
    return taken;
}

/* Gaps ---------------------------------------------------------------------- */

static int32_t wave_at(const struct metrology_wave *wave, int32_t sine, int32_t cosine)
{
    return wave->mean + (int32_t)(((int64_t)wave->cosine * cosine + (int64_t)wave->sine * sine) >> SINE_SHIFT);
}

/* One lost sample; the filters' input is one sample ahead of the phase. The other channel's goes without. */
static void bridge_one(struct metrology *m, struct metrology_window *w, bool *ended)
{
    struct board_sample sample = { 0 };
    int32_t sine, cosine;
    sine_and_cosine(m->phase + m->pll.step, &sine, &cosine);
    int32_t current = wave_at(&m->current_wave, sine, cosine);
    sample.voltage = wave_at(&m->voltage_wave, sine, cosine);
    memcpy((char *)&sample + m->billed.offset, &current, sizeof current);
    m->flags |= METROLOGY_SAMPLE_MISSED;
    take(m, &sample, 1, w, ended);
    m->missing--;
}

void metrology_missed(struct metrology *m, uint32_t samples)
{
    if (!m->primed) {
        return; /* nothing was measured yet that could go on */
    }
    uint32_t room = m->pll.rate_hz - m->missing;
    if (samples > room) {
        samples = room;
        m->phase_lost = true;
    }
    m->missing += samples;
    m->flags |= METROLOGY_SAMPLE_MISSED;
}

/* Interface ------------------------------------------------------------------ */

static void prime(struct metrology *m, const struct board_sample *first)
{
    prime_filter(&m->voltage, limited(first->voltage, &m->flags));
    prime_filter(&m->billed.filter, limited(code_at(first, m->billed.offset), &m->flags));
    prime_filter(&m->other.filter, limited(code_at(first, m->other.offset), &m->flags));
    m->newest = *first;
    m->primed = true;
}

size_t metrology_add(struct metrology *m, const struct board_sample *samples, size_t count, struct metrology_window *w,
                     bool *ended)
{
    *ended = false;
    while (m->missing > 0) {
        bridge_one(m, w, ended);
        if (*ended) {
            return 0;
        }
    }
    if (count > 0 && !m->primed) {
        prime(m, samples);
        return 1;
    }
    return take(m, samples, count, w, ended);
}

void metrology_close(struct metrology *m, struct metrology_window *w)
{
    if (m->primed) { /* the last sample has no successor: it stands for it */
        struct board_sample newest = m->newest;
        accumulate(m, m->sums, &newest, 1);
        m->weight += 1u << 16;
    }
    *w = m->last;
    w->duration_us = duration_of(m);
    w->flags = m->flags;
    w->energy = (struct energy_increment){ 0 };
    if (m->weight == 0) {
        return;
    }
    int64_t active = active_of_part(m) - part_of_q40(m->sums[METROLOGY_VV], m->billed.in_phase);
    int64_t duration_us = w->duration_us;
    w->active_uw = power_of(active, m->billed.energy_scale, m->pll.rate_hz, m->weight);
    book(m, w, energy_of(active, m->billed.energy_scale, &m->active_rest),
         fixed_scale(w->reactive_uvar, duration_us, 1000), fixed_scale((int64_t)w->apparent_uva, duration_us, 1000));
}
