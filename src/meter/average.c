#include "meter/average.h"

/* Weights in units of 256 us keep the sums in 64 bits: 188 A in nA for the longest window, 71 minutes, is 3.2e18. */
#define WEIGHT_SHIFT 8

/* Five windows at 55 Hz are 0.909 s, four at 45 Hz are 0.889 s. */
#define SECOND_WEIGHT (900000 >> WEIGHT_SHIFT)

#define CIRCLE_UDEG 360000000

void average_init(struct average *a)
{
    *a = (struct average){ 0 };
}

/* -180 degrees up to, but not including, 180. */
static int64_t half_circle(int64_t angle_udeg)
{
    int64_t positive = (angle_udeg % CIRCLE_UDEG + CIRCLE_UDEG) % CIRCLE_UDEG;
    return positive < CIRCLE_UDEG / 2 ? positive : positive - CIRCLE_UDEG;
}

static void add_power(struct average *a, const struct metrology_window *w, int64_t weight)
{
    if (a->loaded_weight == 0) {
        a->first_phase_udeg = w->phase_udeg;
    }
    a->loaded_weight += weight;
    a->sums.active_uw += w->active_uw * weight;
    a->sums.reactive_uvar += w->reactive_uvar * weight;
    a->sums.apparent_uva += (int64_t)w->apparent_uva * weight;
    a->sums.phase_udeg += half_circle((int64_t)w->phase_udeg - a->first_phase_udeg) * weight;
}

static int64_t mean_phase_udeg(const struct average *a)
{
    if (a->loaded_weight == 0) {
        return 0;
    }
    int64_t phase_udeg = a->first_phase_udeg + a->sums.phase_udeg / a->loaded_weight;
    return (phase_udeg + CIRCLE_UDEG) % CIRCLE_UDEG;
}

static void publish(struct average *a)
{
    a->values = (struct average_values){
        .voltage_uv = a->sums.voltage_uv / a->weight,
        .current_na = a->sums.current_na / a->weight,
        .neutral_na = a->sums.neutral_na / a->weight,
        .active_uw = a->sums.active_uw / a->weight,
        .reactive_uvar = a->sums.reactive_uvar / a->weight,
        .apparent_uva = a->sums.apparent_uva / a->weight,
        .frequency_uhz = a->sums.frequency_uhz / a->weight,
        .phase_udeg = mean_phase_udeg(a),
    };
    a->sums = (struct average_values){ 0 };
    a->weight = 0;
    a->loaded_weight = 0;
}

void average_add(struct average *a, const struct metrology_window *w)
{
    int64_t weight = w->duration_us >> WEIGHT_SHIFT;
    a->weight += weight;
    a->sums.voltage_uv += w->voltage_uv * weight;
    a->sums.current_na += (int64_t)w->current_na * weight;
    a->sums.neutral_na += (int64_t)w->neutral_na * weight;
    a->sums.frequency_uhz += w->frequency_uhz * weight;
    if ((w->flags & METROLOGY_NO_LOAD) == 0) {
        add_power(a, w, weight);
    }
    if (a->weight >= SECOND_WEIGHT) {
        publish(a);
    }
}
