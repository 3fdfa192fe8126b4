#include "cosem/object.h"

/* A logical name as numbers: a search compares one register, seldom two, and not six octets in a loop. */
static uint32_t high_of(const uint8_t obis[6])
{
    return (uint32_t)obis[0] << 24 | (uint32_t)obis[1] << 16 | (uint32_t)obis[2] << 8 | obis[3];
}

static uint32_t low_of(const uint8_t obis[6])
{
    return (uint32_t)obis[4] << 8 | obis[5];
}

const struct cosem_object *cosem_find(const struct cosem_object_table *table, const uint8_t obis[6])
{
    uint32_t high = high_of(obis);
    uint32_t low = low_of(obis);
    uint32_t first = 0;
    uint32_t end = table->count;
    while (first < end) {
        uint32_t middle = (first + end) / 2;
        const struct cosem_object *row = &table->rows[middle];
        uint32_t found = high_of(row->obis);
        if (found == high && low_of(row->obis) == low) {
            return row;
        }
        if (found < high || (found == high && low_of(row->obis) < low)) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    return NULL;
}

bool cosem_may_access(const struct cosem_object *o, enum cosem_client client, uint8_t attribute, enum cosem_right right)
{
    if (!cosem_listed(o, client) || attribute == 0 || attribute > o->ic->attributes) {
        return false;
    }
    char letter = o->access[client][attribute - 1];
    return letter == 'b' || letter == (right == RIGHT_GET ? 'r' : 'w');
}

bool cosem_may_call(const struct cosem_object *o, enum cosem_client client, uint8_t method)
{
    if (!cosem_listed(o, client) || method == 0 || method > o->ic->methods) {
        return false;
    }
    return o->access[client][o->ic->attributes + method] == 'x'; /* the '/' stands behind the attributes */
}
