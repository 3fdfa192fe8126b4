#include "cosem/object.h"

/* A logical name as one number: a search compares two registers, not six octets in a loop. */
static uint64_t name_of(const uint8_t obis[6])
{
    uint32_t high = (uint32_t)obis[0] << 24 | (uint32_t)obis[1] << 16 | (uint32_t)obis[2] << 8 | obis[3];
    uint32_t low = (uint32_t)obis[4] << 8 | obis[5];
    return (uint64_t)high << 16 | low;
}

const struct cosem_object *cosem_find(const struct cosem_object_table *table, const uint8_t obis[6])
{
    uint64_t name = name_of(obis);
    size_t first = 0;
    size_t end = table->count;
    while (first < end) {
        size_t middle = (first + end) / 2;
        uint64_t found = name_of(table->rows[middle].obis);
        if (found == name) {
            return &table->rows[middle];
        }
        if (found < name) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    return NULL;
}

bool cosem_listed(const struct cosem_object *o, enum cosem_client client)
{
    return o->access[client] != NULL;
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
