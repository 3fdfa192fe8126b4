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
#include "config.h"
#include "cosem/axdr.h"

struct cosem_object;
struct cosem_association;

/* The associations this meter offers; the column order of every access list. */
enum cosem_client { CLIENT_PUBLIC, CLIENT_READER, CLIENT_ADMINISTRATOR, CLIENT_COUNT };

enum cosem_right { RIGHT_GET, RIGHT_SET };

/* The selective-access parameter of a GET: `kind` is the access selector, `data` one whole well-formed value
 * (tag and all). */
struct cosem_selector {
    uint8_t kind;
    const uint8_t *data;
    size_t size;
};

/* Who asks for what. `device` is the meter that the server was opened on; this layer never
 * looks inside.
 *
 * A value longer than the PDU is produced element by element. A handler with such a value
 * writes whole elements (the array header belongs to the first) while axdr_room(out) says yes,
 * counts them in `cursor`, and sets `more` if it stopped before the end; it is called again with
 * the same cursor when the next block is asked for. An element is at most COSEM_ELEMENT_MAX octets.
 * A handler with a short value, COSEM_ELEMENT_MAX octets at most, just writes it.
 *
 * `more` is false before every call. `cursor` and `notes` are zero before the first call of a value and kept
 * until its last; the selector stays valid as long. What a long value must not lose between two blocks (the row
 * range that a selector means, the generation of a profile) belongs into the notes. An error at the first call
 * is the client's answer; a later one ends the transfer.
 *
 * A set or act that found everything as it was asked to be, or that changes no parameter, says so in
 * `unchanged`: it is then no change of the configuration (object-model.md decisions 14 and 18). */
struct cosem_request {
    void *device;
    struct cosem_association *association;
    const struct cosem_selector *selector; /* NULL: everything */
    uint32_t cursor;                       /* elements already delivered */
    bool more;                             /* elements are left: call again */
    bool unchanged;                        /* nothing to report as a change; false before the call */
    uint32_t notes[COSEM_NOTES];           /* the handler's own */
};

/* One interface class. Attribute 1 (logical_name) is served by the server, so the handlers see
 * attributes 2..attributes and methods 1..methods only, and only after the access check has
 * passed. set and act may be NULL. A set or act that fails has changed nothing.
 *
 * `in` holds exactly one whole well-formed value (act: none at all if the client gave no parameter), so only its
 * types, lengths and ranges are left to check. What an act writes to `out` are its return parameters. */
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
    enum status (*act)(struct cosem_request *r, const struct cosem_object *o, uint8_t method, struct axdr_reader *in,
                       struct axdr_writer *out);
    uint16_t selective; /* bit n: attribute n takes the access selectors 1..selectors; others never get here */
    uint8_t selectors;
    uint16_t capturable; /* bit n: attribute n may be a column of a profile */
};

/* `access` has exactly one letter per attribute of the class, then '/' and one per method if there are any:
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

/* NULL when there is no such object. At most 16 comparisons. */
const struct cosem_object *cosem_find(const struct cosem_object_table *table, const uint8_t obis[6]);

/* Whether the object is in the client's object_list. */
static inline bool cosem_listed(const struct cosem_object *o, enum cosem_client client)
{
    return o->access[client] != NULL;
}

/* False too for an attribute or method that the class does not have. */
bool cosem_may_access(const struct cosem_object *o, enum cosem_client client, uint8_t attribute,
                      enum cosem_right right);
bool cosem_may_call(const struct cosem_object *o, enum cosem_client client, uint8_t method);

#endif
