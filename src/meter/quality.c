#include "meter/quality.h"

#include "base/calendar.h"

enum { SECONDS_MIN = 540, SECONDS_MAX = 660, PERCENT = 10 };
static const int64_t first_monday_s = INT64_C(2) * CALENDAR_DAY_S; /* 2000-01-03 */
static const int64_t week_s = INT64_C(7) * CALENDAR_DAY_S;

/* Of the sum, so nothing is rounded: |sum - n * reference| > 10 % of n * reference. */
static bool outside(const struct quality *q, uint16_t reference_voltage_v)
{
    int64_t expected_dv = (int64_t)q->seconds * reference_voltage_v * 10;
    int64_t distance_dv = q->sum_dv > expected_dv ? q->sum_dv - expected_dv : expected_dv - q->sum_dv;
    return distance_dv * 100 > expected_dv * PERCENT;
}

static enum quality_result close_average(struct quality *q, uint16_t reference_voltage_v)
{
    int64_t begin_s = q->average * QUALITY_AVERAGE_S;
    if (q->seconds < SECONDS_MIN || q->seconds > SECONDS_MAX || begin_s < first_monday_s ||
        !outside(q, reference_voltage_v)) {
        return QUALITY_NOTHING;
    }
    uint32_t week = (uint32_t)((begin_s - first_monday_s) / week_s);
    if (week != q->week) {
        q->week = week;
        q->outside = 0;
    }
    if (q->outside > QUALITY_OUTSIDE_MAX) {
        return QUALITY_NOTHING; /* known already */
    }
    q->outside++;
    return q->outside > QUALITY_OUTSIDE_MAX ? QUALITY_BAD : QUALITY_COUNTED;
}

enum quality_result quality_step(struct quality *q, int64_t utc_s, int64_t voltage_dv, uint16_t reference_voltage_v)
{
    enum quality_result result = QUALITY_NOTHING;
    int64_t average = (utc_s > 0 ? utc_s - 1 : 0) / QUALITY_AVERAGE_S; /* the second ends at utc_s */
    if (average != q->average) {
        result = close_average(q, reference_voltage_v);
        q->average = average;
        q->sum_dv = 0;
        q->seconds = 0;
    }
    q->sum_dv += voltage_dv;
    if (q->seconds < UINT16_MAX) {
        q->seconds++;
    }
    return result;
}
