/* COSEM objects: what a class is, what an object is, who may touch it.
 *
 * An object is one constant row (model/objects.c). Access rights and the object_list of
 * each association are computed from the rows; nothing about an object is written down twice.
 *
 * Source  DLMS UA 1000-1 (Blue Book), clause 4: interface classes and logical names.
 */
#ifndef COSEM_OBJECT_H
#define COSEM_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "cosem/axdr.h"

struct cosem_object;
struct cosem_association;
struct cosem_selector;

/* The associations this meter offers; the column order of every access list. */
enum cosem_client { CLIENT_PUBLIC, CLIENT_READER, CLIENT_ADMINISTRATOR, CLIENT_COUNT };

enum cosem_right { RIGHT_GET, RIGHT_SET };

/* Who asks for what. `device` is the meter that the server was opened on; this layer never
 * looks inside.
 *
 * A value longer than the PDU is produced element by element. A handler with such a value
 * writes whole elements (the array header belongs to the first) while axdr_room(out) says yes,
 * counts them in `cursor`, and sets `more` if it stopped before the end; it is called again with
 * the same cursor when the next block is asked for. An element is at most COSEM_ELEMENT_MAX octets.
 * A handler with a short value just writes it. */
struct cosem_request {
    void *device;
    struct cosem_association *association;
    const struct cosem_selector *selector; /* NULL: everything */
    uint32_t cursor;                       /* elements already delivered */
    bool more;                             /* elements are left: call again */
};

/* One interface class. Attribute 1 (logical_name) is served by the server, so the handlers see
 * attributes 2..attributes and methods 1..methods only, and only after the access check has
 * passed. set and act may be NULL. A set or act that fails has changed nothing. */
struct cosem_class {
    uint16_t id;
    uint8_t version;
    uint8_t attributes;
    uint8_t methods;
    const char *name;
    enum status (*get)(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_writer *out);
    enum status (*set)(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_reader *in);
    enum status (*act)(struct cosem_request *r, const struct cosem_object *o, uint8_t method,
                       struct axdr_reader *in, struct axdr_writer *out);
};

/* `access` has one letter per attribute, then '/' and one per method if there are any:
 * '-' nothing, 'r' get, 'w' set, 'b' both; 'x' callable. NULL: the object is not in that
 * client's object_list. */
struct cosem_object {
    const struct cosem_class *ic;
    uint8_t obis[6];
    uint16_t shows; /* which one: a quantity, an identifier... (per class) */
    const char *access[CLIENT_COUNT];
    const char *title;
};

/* The object table: rows sorted by logical name, each name once, so that a search is binary. */
struct cosem_object_table {
    const struct cosem_object *rows;
    uint16_t count;
};

/* NULL when there is no such object. */
const struct cosem_object *cosem_find(const struct cosem_object_table *table, const uint8_t obis[6]);

bool cosem_listed(const struct cosem_object *o, enum cosem_client client);
bool cosem_may_access(const struct cosem_object *o, enum cosem_client client, uint8_t attribute,
                      enum cosem_right right);
bool cosem_may_call(const struct cosem_object *o, enum cosem_client client, uint8_t method);

#endif
