#include "meter/metrology.h"

#include <string.h>

#include "meter/fixed.h"
#include "meter/sine.h"
#include "meter/window.h"

#define CODE_MAX     0x7fffff
#define CLIPPED_FROM 0x7fff00u /* so that a 16-bit converter, left-justified, can reach it too */

#define GAIN_ONE_PPB  1000000000u
#define DECIMATOR_MAX 4u

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
    int64_t delay = (int64_t)c->delay_ns * rate_hz * (1 << 24) / 1000000000;
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
    window_end(m, w);
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

/* A code that would have made the filter go on with the wave. The input is a sample ahead of the output, and by the
 * filter's delay, which is the difference of its outer taps. */
static int32_t bridging_code(const struct metrology *m, const struct metrology_wave *wave,
                             const struct metrology_filter *filter)
{
    int32_t sine, cosine;
    int64_t ahead = (((int64_t)(1 << 24) + filter->oldest - filter->newest) * m->pll.step) >> 24;
    sine_and_cosine(m->phase + (uint32_t)ahead, &sine, &cosine);
    return wave->mean + (int32_t)(((int64_t)wave->cosine * cosine + (int64_t)wave->sine * sine) >> SINE_SHIFT);
}

/* One lost sample, of the two channels that are billed. */
static void bridge_one(struct metrology *m, struct metrology_window *w, bool *ended)
{
    struct board_sample sample = { 0 };
    int32_t current = bridging_code(m, &m->current_wave, &m->billed.filter);
    sample.voltage = bridging_code(m, &m->voltage_wave, &m->voltage);
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
    m->missing += samples < room ? samples : room;
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
    window_end_early(m, w);
}
