#include "host/client/values.h"

enum session_outcome values_get(struct session *s, const struct reference *r, const struct buffer *selector,
                                struct value *v)
{
    char name[40];
    v->octets = buffer_of(SESSION_VALUE_MAX);
    enum session_outcome outcome = session_get(s, r, selector, &v->octets);
    if (outcome == SESSION_DONE && !data_parse(&v->data, v->octets.octets, v->octets.size)) {
        trouble_is(s->trouble, "%s: the value that the meter sent is malformed.", session_name(r, name));
        outcome = SESSION_REFUSED;
        s->code = SESSION_NO_CODE;
    }
    if (outcome != SESSION_DONE) {
        buffer_free(&v->octets);
    }
    return outcome;
}

void values_free(struct value *v)
{
    data_free(&v->data);
    buffer_free(&v->octets);
}

enum session_outcome values_scale(struct session *s, const struct reference *r, struct form_scale *scale)
{
    struct reference scaler_unit = *r;
    struct value v;
    *scale = (struct form_scale){ .given = false };
    bool demand = r->ic == 5;
    if (!((r->ic == 3 || r->ic == 4 || demand) && (r->index == 2 || (demand && r->index == 3)))) {
        return SESSION_DONE;
    }
    scaler_unit.index = demand ? 4 : 3;
    enum session_outcome outcome = values_get(s, &scaler_unit, NULL, &v);
    if (outcome == SESSION_DONE) {
        *scale = form_scale_of(&v.data);
        values_free(&v);
    } else if (outcome == SESSION_REFUSED) {
        s->trouble->text[0] = '\0'; /* the number stands without its unit */
        outcome = SESSION_DONE;
    }
    return outcome;
}

enum session_outcome values_whole(struct session *s, const struct reference *r, int64_t *whole)
{
    struct value v;
    char name[40];
    enum session_outcome outcome = values_get(s, r, NULL, &v);
    if (outcome != SESSION_DONE) {
        return outcome;
    }
    if (!data_whole(&v.data, whole)) {
        trouble_is(s->trouble, "%s: the meter sent no whole number.", session_name(r, name));
        outcome = SESSION_REFUSED;
    }
    values_free(&v);
    return outcome;
}
