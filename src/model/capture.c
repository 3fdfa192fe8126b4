#include "model/capture.h"

#include <string.h>

/* Tag and length before the contents. */
enum { OVERHEAD = 2 };

#define NUMBERS                                                                                                        \
    (1u << AXDR_BOOLEAN | 1u << AXDR_DOUBLE_LONG | 1u << AXDR_DOUBLE_LONG_UNSIGNED | 1u << AXDR_INTEGER |              \
     1u << AXDR_LONG | 1u << AXDR_UNSIGNED | 1u << AXDR_LONG_UNSIGNED | 1u << AXDR_LONG64 |                            \
     1u << AXDR_LONG64_UNSIGNED | 1u << AXDR_ENUM)

/* A value of now: its tag and its contents within `octets`. False if its size is not one of a column. */
struct value {
    uint8_t octets[OVERHEAD + CAPTURE_OCTETS_MAX];
    uint8_t tag;
    uint8_t at;
    uint8_t width;
};

static bool read_value(struct meter *m, const struct cosem_object *o, uint8_t attribute, struct value *v)
{
    struct cosem_request r = { .device = m };
    struct axdr_writer out;
    axdr_writer_init(&out, v->octets, sizeof v->octets, sizeof v->octets);
    if (o->ic->get(&r, o, attribute, &out) != STATUS_OK || out.overflow) {
        return false;
    }
    v->tag = v->octets[0];
    bool number = v->tag < 32 && (NUMBERS >> v->tag & 1u) != 0;
    v->at = number ? 1 : OVERHEAD;
    v->width = (uint8_t)(out.used - v->at);
    return number || (v->tag == AXDR_OCTET_STRING && v->width > 0);
}

static bool capturable(const struct cosem_object *o, int8_t attribute)
{
    return attribute > 0 && attribute < 16 && (o->ic->capturable >> attribute & 1u) != 0 &&
           cosem_may_access(o, CLIENT_READER, (uint8_t)attribute, RIGHT_GET);
}

static bool settable(const struct cosem_object *o, int8_t attribute)
{
    return cosem_may_access(o, CLIENT_ADMINISTRATOR, (uint8_t)attribute, RIGHT_SET);
}

enum status capture_resolve(struct meter *m, const struct selector_column *named, struct profile_column *column)
{
    struct value v;
    const struct cosem_object *o = cosem_find(&model_objects, named->obis);
    if (o == NULL) {
        return STATUS_UNDEFINED;
    }
    if (o->ic->id != named->class_id) {
        return STATUS_INCONSISTENT;
    }
    if (!capturable(o, named->attribute)) {
        return STATUS_DENIED;
    }
    if (named->data_index != 0 || !read_value(m, o, (uint8_t)named->attribute, &v)) {
        return STATUS_RANGE;
    }
    if (o->ic == &class_clock) {
        v.width = 0;
    } else if (v.tag == AXDR_OCTET_STRING && settable(o, named->attribute)) {
        return STATUS_RANGE;
    }
    *column = (struct profile_column){
        .class_id = named->class_id, .attribute = named->attribute, .tag = v.tag, .width = v.width
    };
    memcpy(column->obis, named->obis, sizeof column->obis);
    return STATUS_OK;
}

static bool same(const struct profile_column *a, const struct profile_column *b)
{
    return memcmp(a->obis, b->obis, sizeof a->obis) == 0 && a->attribute == b->attribute;
}

enum status capture_decode(struct meter *m, struct axdr_reader *in, uint8_t most, struct profile_column *columns,
                           uint8_t *count)
{
    size_t given = axdr_get_array(in);
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    if (given == 0 || given > most) {
        return STATUS_RANGE;
    }
    for (size_t i = 0; i < given; i++) {
        struct selector_column named;
        selector_get_column(in, &named);
        enum status status = axdr_failed(in) ? axdr_status(in) : capture_resolve(m, &named, &columns[i]);
        for (size_t k = 0; k < i && status == STATUS_OK; k++) {
            status = same(&columns[k], &columns[i]) ? STATUS_RANGE : STATUS_OK;
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    *count = (uint8_t)given;
    return STATUS_OK;
}

void capture_read(void *meter, const struct profile_column *column, uint8_t *contents)
{
    struct value v;
    const struct cosem_object *o = cosem_find(&model_objects, column->obis);
    if (o != NULL && o->ic->id == column->class_id && read_value(meter, o, (uint8_t)column->attribute, &v) &&
        v.tag == column->tag && v.width == column->width) {
        memcpy(contents, v.octets + v.at, v.width);
    } else {
        memset(contents, 0, column->width);
    }
}

void capture_put(struct axdr_writer *out, const struct profile_column *column)
{
    axdr_structure(out, 4);
    axdr_number(out, AXDR_LONG_UNSIGNED, column->class_id);
    axdr_octet_string(out, column->obis, sizeof column->obis);
    axdr_number(out, AXDR_INTEGER, column->attribute);
    axdr_number(out, AXDR_LONG_UNSIGNED, 0);
}
