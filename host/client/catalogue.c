#include "host/client/catalogue.h"

#include <stdlib.h>
#include <string.h>

/* One letter for each attribute or method, in the order of their numbers; '-' for what the list does not name. */
static void put_rights(const struct data *list, char *letters, size_t size, const char *words)
{
    for (size_t i = 0; list != NULL && i < list->size; i++) {
        int64_t number;
        int64_t mode;
        if (!data_whole(data_at(data_at(list, i), 0), &number) || !data_whole(data_at(data_at(list, i), 1), &mode) ||
            number < 1 || (size_t)number >= size || mode < 0) {
            continue;
        }
        for (size_t k = strlen(letters); k < (size_t)number; k++) {
            letters[k] = '-';
            letters[k + 1] = '\0';
        }
        size_t known = strlen(words) - 1;
        letters[number - 1] = words[(size_t)mode < known ? (size_t)mode : known];
    }
}

/* Element of the list: structure {class, version, logical name, {attribute rights, method rights}}. */
static bool take_object(const struct data *element, struct report_object *o)
{
    int64_t ic;
    int64_t version;
    const struct data *name = data_at(element, 2);
    *o = (struct report_object){ .version = 0 };
    if (!data_whole(data_at(element, 0), &ic) || ic < 1 || ic > UINT16_MAX ||
        !data_whole(data_at(element, 1), &version) || version < 0 || version > UINT8_MAX ||
        data_octets(name, 6) == NULL) {
        return false;
    }
    o->object.ic = (uint16_t)ic;
    o->version = (uint8_t)version;
    memcpy(o->object.obis, name->octets, 6);
    /* The modes above 3 want authenticated messages; they read and write all the same. */
    put_rights(data_at(data_at(element, 3), 0), o->attributes, sizeof o->attributes, "-rwbwrb?");
    put_rights(data_at(data_at(element, 3), 1), o->methods, sizeof o->methods, "-xx?");
    return true;
}

static enum session_outcome take_list(struct catalogue *c, const struct data *list, struct trouble *t)
{
    if (list->tag != AXDR_ARRAY) {
        trouble_is(t,
                   "The object list of the meter is no array. Give the class before the object, as 3/1.0.1.8.0.255.");
        return SESSION_REFUSED;
    }
    c->objects = calloc(list->size + 1, sizeof *c->objects);
    for (size_t i = 0; c->objects != NULL && i < list->size; i++) {
        if (take_object(&list->elements[i], &c->objects[c->count])) {
            c->count++;
        }
    }
    c->read = true;
    return SESSION_DONE;
}

enum session_outcome catalogue_read(struct catalogue *c, struct session *s)
{
    static const struct reference object_list = { 15, { 0, 0, 40, 0, 0, 255 }, 2 };
    if (c->read) {
        return SESSION_DONE;
    }
    struct buffer octets = buffer_of(SESSION_VALUE_MAX);
    struct data list;
    enum session_outcome outcome = session_get(s, &object_list, NULL, &octets);
    if (outcome == SESSION_DONE) {
        if (data_parse(&list, octets.octets, octets.size)) {
            outcome = take_list(c, &list, s->trouble);
            data_free(&list);
        } else {
            trouble_is(s->trouble, "The object list of the meter is malformed. Give the class before the object, as "
                                   "3/1.0.1.8.0.255.");
            outcome = SESSION_REFUSED;
        }
    }
    buffer_free(&octets);
    return outcome;
}

const struct report_object *catalogue_find(const struct catalogue *c, const uint8_t obis[6])
{
    for (size_t i = 0; i < c->count; i++) {
        if (memcmp(c->objects[i].object.obis, obis, 6) == 0) {
            return &c->objects[i];
        }
    }
    return NULL;
}

void catalogue_free(struct catalogue *c)
{
    free(c->objects);
    *c = (struct catalogue){ .read = false };
}
