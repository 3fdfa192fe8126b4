#include "host/objects.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "host/client/data.h"
#include "host/client/form.h"
#include "host/client/words.h"

enum { VALUE_MAX = 4096, TYPES_MAX = 160, UNIT_MAX = 24, RIGHTS_MAX = 24 };

static const char *const clients[CLIENT_COUNT] = { "public", "reader", "administrator" };

/* One object, in words. */
struct line {
    char name[24];
    char types[TYPES_MAX]; /* of its attributes from 2 on */
    char unit[UNIT_MAX];   /* with the power of ten in front */
    struct form_scale scale;
};

/* The names that `blathy read` takes where it writes; the rest have none there. */
static const char *type_name(uint8_t tag)
{
    static const struct {
        const char *name;
        enum axdr_tag tag;
    } names[] = {
        { "null", AXDR_NULL },           { "array", AXDR_ARRAY },     { "structure", AXDR_STRUCTURE },
        { "bool", AXDR_BOOLEAN },        { "bits", AXDR_BIT_STRING }, { "octets", AXDR_OCTET_STRING },
        { "i8", AXDR_INTEGER },          { "i16", AXDR_LONG },        { "i32", AXDR_DOUBLE_LONG },
        { "i64", AXDR_LONG64 },          { "u8", AXDR_UNSIGNED },     { "u16", AXDR_LONG_UNSIGNED },
        { "u64", AXDR_LONG64_UNSIGNED }, { "enum", AXDR_ENUM },       { "u32", AXDR_DOUBLE_LONG_UNSIGNED },
        { "text", AXDR_VISIBLE_STRING },
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].tag == (enum axdr_tag)tag) {
            return names[i].name;
        }
    }
    return "?";
}

/* The beginning of an attribute's value, which is enough for its type; 0 octets if nobody may read it. */
static size_t ask(struct cosem_association *a, const struct cosem_object *o, uint8_t attribute,
                  uint8_t octets[static VALUE_MAX])
{
    struct cosem_request r = { .device = a->device->meter, .association = a };
    struct axdr_writer out;
    bool readable = false;
    for (enum cosem_client client = 0; client < CLIENT_COUNT; client++) {
        readable = readable || cosem_may_access(o, client, attribute, RIGHT_GET);
    }
    axdr_writer_init(&out, octets, VALUE_MAX, VALUE_MAX);
    return readable && o->ic->get(&r, o, attribute, &out) == STATUS_OK ? out.used : 0;
}

/* Which attribute says scaler and unit, 0: none. */
static uint8_t scale_attribute(uint16_t class_id)
{
    switch (class_id) {
    case 3: /* register, extended register */
    case 4:
        return 3;
    case 5: /* demand register */
        return 4;
    default:
        return 0;
    }
}

static void take_unit(struct line *line, const uint8_t *octets, size_t size)
{
    struct data scaler_unit;
    if (!data_parse(&scaler_unit, octets, size)) {
        return;
    }
    line->scale = form_scale_of(&scaler_unit);
    data_free(&scaler_unit);
    const char *unit = words_unit(line->scale.unit);
    if (line->scale.scaler == 0) {
        snprintf(line->unit, sizeof line->unit, "%s", unit);
    } else {
        snprintf(line->unit, sizeof line->unit, "10^%d%s%s", line->scale.scaler, *unit == '\0' ? "" : " ", unit);
    }
}

static void describe(struct cosem_association *a, const struct cosem_object *o, struct line *line)
{
    uint8_t octets[VALUE_MAX];
    const uint8_t *n = o->obis;
    size_t used = 0;
    *line = (struct line){ .types = "" };
    snprintf(line->name, sizeof line->name, "%u.%u.%u.%u.%u.%u", n[0], n[1], n[2], n[3], n[4], n[5]);
    for (uint8_t attribute = 2; attribute <= o->ic->attributes; attribute++) {
        size_t size = ask(a, o, attribute, octets);
        int put = snprintf(line->types + used, sizeof line->types - used, "%s%s", attribute == 2 ? "" : " ",
                           size == 0 ? "-" : type_name(octets[0]));
        used += (size_t)put;
        if (attribute == scale_attribute(o->ic->id)) {
            take_unit(line, octets, size);
        }
    }
}

static const char *rights(const struct cosem_object *o, enum cosem_client client)
{
    return cosem_listed(o, client) ? o->access[client] : "";
}

static void print_text(const struct cosem_object *o, const struct line *line)
{
    printf("%-18s %2u/%u  %-9s %-15s %-17s %-17s %-52s %s\n", line->name, o->ic->id, o->ic->version, line->unit,
           rights(o, CLIENT_PUBLIC), rights(o, CLIENT_READER), rights(o, CLIENT_ADMINISTRATOR), o->title, line->types);
}

/* A '|' would end the cell. */
static void print_cell(const char *text)
{
    fputs(" ", stdout);
    for (; *text != '\0'; text++) {
        printf(*text == '|' ? "\\%c" : "%c", *text);
    }
    fputs(" |", stdout);
}

static void print_markdown(const struct cosem_object *o, const struct line *line)
{
    char ic[sizeof "65535/255"];
    snprintf(ic, sizeof ic, "%u/%u", o->ic->id, o->ic->version);
    const char *const cells[] = { line->name,
                                  o->title,
                                  ic,
                                  line->types,
                                  line->unit,
                                  rights(o, CLIENT_PUBLIC),
                                  rights(o, CLIENT_READER),
                                  rights(o, CLIENT_ADMINISTRATOR) };
    putchar('|');
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        print_cell(cells[i]);
    }
    putchar('\n');
}

/* Attributes and methods of one client, as `blathy read --list` has them; null: not in its object list. */
static json_t *rights_json(const struct cosem_object *o, enum cosem_client client)
{
    if (!cosem_listed(o, client)) {
        return json_null();
    }
    const char *access = o->access[client];
    size_t attributes = strcspn(access, "/");
    const char *methods = access[attributes] == '/' ? access + attributes + 1 : "";
    return json_pack("{s:s%, s:s}", "attributes", access, attributes, "methods", methods);
}

static json_t *types_json(const char *types)
{
    json_t *array = json_pack("[s]", "octets"); /* attribute 1, the logical name */
    while (*types != '\0') {
        size_t size = strcspn(types, " ");
        json_array_append_new(array, size == 1 && *types == '-' ? json_null() : json_stringn(types, size));
        types += size + (types[size] == ' ');
    }
    return array;
}

static json_t *object_json(const struct cosem_object *o, const struct line *line)
{
    json_t *access = json_object();
    for (enum cosem_client client = 0; client < CLIENT_COUNT; client++) {
        json_object_set_new(access, clients[client], rights_json(o, client));
    }
    json_t *object = json_pack("{s:s, s:i, s:i, s:s, s:s, s:o, s:o}", "object", line->name, "class", o->ic->id,
                               "version", o->ic->version, "class_name", words_class(o->ic->id), "title", o->title,
                               "types", types_json(line->types), "rights", access);
    if (line->scale.given) {
        json_object_set_new(object, "scaler", json_integer(line->scale.scaler));
        json_object_set_new(object, "unit", json_string(words_unit(line->scale.unit)));
    }
    return object;
}

static void print_head(enum cli_objects_form form)
{
    static const char legend[] =
        "Types are those of the attributes from 2 on (1 is the logical name), as a new meter has them and by the "
        "names\n"
        "that `blathy read` writes them with; `-` is what nobody reads. The unit has the scaler in front. Rights: one\n"
        "letter an attribute, from 1 on, and behind the / one a method: r read, w write, b both, x call, - nothing; "
        "an\n"
        "empty cell: not in the object list of that client.\n";
    if (form == CLI_OBJECTS_MARKDOWN) {
        printf("# The objects of the meter\n\n"
               "This file is written by `build/release/blathy objects --markdown > docs/OBJECTS.md` from the table of\n"
               "objects (src/model/objects.c), and a test fails when it is stale.\n\n"
               "%s\n"
               "| object | what | class | types | unit | public | reader | administrator |\n"
               "|---|---|---|---|---|---|---|---|\n",
               legend);
    } else {
        printf("%s\n%-18s %s %-9s %-15s %-17s %-17s %-52s %s\n", legend, "object", "class", "unit", "public", "reader",
               "administrator", "what", "types");
    }
}

enum cli_exit objects_print(struct cosem_device *device, enum cli_objects_form form)
{
    const struct cosem_association_type *type = &device->types[CLIENT_ADMINISTRATOR];
    struct cosem_association association = {
        .type = type, .device = device, .client_sap = type->saps[0], .conformance = type->conformance
    };
    json_t *list = json_array();
    if (form != CLI_OBJECTS_JSON) {
        print_head(form);
    }
    for (size_t i = 0; i < device->objects->count; i++) {
        const struct cosem_object *o = &device->objects->rows[i];
        struct line line;
        describe(&association, o, &line);
        if (form == CLI_OBJECTS_JSON) {
            json_array_append_new(list, object_json(o, &line));
        } else {
            (form == CLI_OBJECTS_MARKDOWN ? print_markdown : print_text)(o, &line);
        }
    }
    bool whole = list != NULL && (form != CLI_OBJECTS_JSON || json_array_size(list) == device->objects->count);
    if (!whole) {
        cli_say("Out of memory.");
    } else if (form == CLI_OBJECTS_JSON) {
        json_dumpf(list, stdout, JSON_INDENT(2));
        putchar('\n');
    }
    json_decref(list);
    return whole ? CLI_SUCCESS : CLI_FAILURE;
}
