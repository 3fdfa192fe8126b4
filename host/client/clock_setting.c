#include "host/client/clock_setting.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "host/client/stamp.h"
#include "host/client/values.h"

#define EPOCH_2000_S INT64_C(946684800) /* 2000-01-01T00:00:00 UTC, seconds of the Unix time */

struct setting {
    struct session *session;
    const struct reference *clock;
    bool now;
    struct calendar_time wanted; /* unless now */
    int64_t wanted_ms;           /* as UTC since 2000 */
    int64_t since_ms;            /* host_ms() when it was to be so */
    int16_t deviation_min;       /* of the meter's clock; 0 when it has none */
    bool has_deviation;
};

/* The host's UTC since 2000. */
static int64_t host_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return ((int64_t)now.tv_sec - EPOCH_2000_S) * 1000 + now.tv_nsec / 1000000;
}

/* What the clock should show now, as UTC. */
static int64_t target_ms(const struct setting *k)
{
    return k->now ? host_ms() : k->wanted_ms + host_ms() - k->since_ms;
}

/* The meter's local time minus UTC, negated: from the time itself, else from its time_zone. */
static enum session_outcome find_deviation(struct setting *k, const struct calendar_time *t)
{
    struct reference time_zone = *k->clock;
    int64_t minutes;
    k->has_deviation = t->deviation_min != CALENDAR_DEVIATION_ANY;
    k->deviation_min = (int16_t)(k->has_deviation ? t->deviation_min : 0);
    if (k->has_deviation) {
        return SESSION_DONE;
    }
    time_zone.index = 3;
    enum session_outcome outcome = values_whole(k->session, &time_zone, &minutes);
    if (outcome == SESSION_DONE && minutes >= -960 && minutes <= 960) {
        k->has_deviation = true;
        k->deviation_min = (int16_t)minutes;
    } else if (outcome == SESSION_REFUSED) {
        k->session->trouble->text[0] = '\0';
        outcome = SESSION_DONE;
    }
    return outcome;
}

/* The clock, and how far it is ahead of what it should show. */
static enum session_outcome look(struct setting *k, struct calendar_time *t, int64_t *ahead_ms)
{
    struct value v;
    char name[40];
    int64_t before_ms = target_ms(k);
    enum session_outcome outcome = values_get(k->session, k->clock, NULL, &v);
    int64_t after_ms = target_ms(k);
    if (outcome != SESSION_DONE) {
        return outcome;
    }
    bool complete = form_time(&v.data, t) && calendar_complete(t);
    values_free(&v);
    if (!complete) {
        trouble_is(k->session->trouble, "%s: the meter shows no complete time.", session_name(k->clock, name));
        return SESSION_REFUSED;
    }
    outcome = find_deviation(k, t);
    if (outcome != SESSION_DONE) {
        return outcome;
    }
    int64_t hundredths = t->hundredths == CALENDAR_ANY ? 0 : t->hundredths;
    t->deviation_min = k->deviation_min;
    *ahead_ms = stamp_utc_s(t) * 1000 + hundredths * 10 - (before_ms + after_ms) / 2;
    return SESSION_DONE;
}

/* The host's seconds begin anew when the meter gets the time. */
static void await_second(const struct setting *k)
{
    if (k->now) {
        channel_pause(k->session->link->channel, (uint32_t)(1000 - host_ms() % 1000));
    }
}

static enum session_outcome set(const struct setting *k, uint8_t status)
{
    uint8_t octets[CALENDAR_OCTETS];
    struct buffer data = buffer_of(2 + CALENDAR_OCTETS);
    await_second(k);
    struct calendar_time t = calendar_civil(target_ms(k) / 1000 - k->deviation_min * CALENDAR_MINUTE_S);
    t.deviation_min = (int16_t)(k->has_deviation ? k->deviation_min : CALENDAR_DEVIATION_ANY);
    t.status = k->has_deviation && status != CALENDAR_ANY ? status & CALENDAR_STATUS_DST : 0;
    calendar_encode(&t, octets);
    buffer_add(&data, (const uint8_t[]){ AXDR_OCTET_STRING, CALENDAR_OCTETS }, 2);
    buffer_add(&data, octets, sizeof octets);
    enum session_outcome outcome = session_set(k->session, k->clock, &data);
    buffer_free(&data);
    return outcome;
}

/* Once the meter's deviation is known. */
static enum session_outcome take_wanted(struct setting *k, int64_t *ahead_ms)
{
    if (k->now) {
        if (!k->has_deviation) {
            trouble_is(k->session->trouble, "The meter's clock tells no time zone, so the host's time cannot be set; "
                                            "give --set-clock its local time.");
        }
        return k->has_deviation ? SESSION_DONE : SESSION_REFUSED;
    }
    if (k->wanted.deviation_min == CALENDAR_DEVIATION_ANY) {
        k->wanted.deviation_min = k->deviation_min;
    }
    k->wanted_ms = stamp_utc_s(&k->wanted) * 1000;
    *ahead_ms -= k->wanted_ms;
    return SESSION_DONE;
}

static enum session_outcome run(struct setting *k, int64_t *before_ms, int64_t *after_ms)
{
    struct calendar_time t;
    enum session_outcome outcome = look(k, &t, before_ms);
    if (outcome == SESSION_DONE) {
        outcome = take_wanted(k, before_ms);
    }
    if (outcome == SESSION_DONE) {
        outcome = set(k, t.status);
    }
    return outcome == SESSION_DONE ? look(k, &t, after_ms) : outcome;
}

enum session_outcome clock_setting_run(struct session *s, const struct reference *clock, const char *text,
                                       struct report *report)
{
    struct setting k = { .session = s, .clock = clock, .now = strcmp(text, "now") == 0, .since_ms = host_ms() };
    int64_t before_ms = 0;
    int64_t after_ms = 0;
    if (!k.now) {
        stamp_parse(text, &k.wanted); /* it was checked with the command line */
    }
    enum session_outcome outcome = run(&k, &before_ms, &after_ms);
    if (outcome == SESSION_DONE) {
        char sentence[120];
        double before_s = (double)before_ms / 1000;
        double after_s = (double)after_ms / 1000;
        snprintf(sentence, sizeof sentence, "clock set: it was %+.1f s off, it is now %+.1f s off", before_s, after_s);
        report_done(report, clock, "set", sentence,
                    json_pack("{s:f, s:f}", "difference_before_s", before_s, "difference_after_s", after_s));
    }
    return outcome;
}
