#include "host/client/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/client/words.h"

enum { NAME_MAX_SIZE = 80, OBIS_MAX = 32 };

static const char *obis_text(const struct reference *a, char text[OBIS_MAX])
{
    const uint8_t *o = a->obis;
    snprintf(text, OBIS_MAX, "%u.%u.%u.%u.%u.%u", o[0], o[1], o[2], o[3], o[4], o[5]);
    return text;
}

void report_begin(struct report *r, enum report_format format)
{
    *r = (struct report){ .format = format, .array = format == REPORT_JSON ? json_array() : NULL };
}

/* CSV ---------------------------------------------------------------------------------------------- */

/* A cell; quoted when it must be (RFC 4180). */
static void put_cell(const char *before, const char *text)
{
    fputs(before, stdout);
    if (text[strcspn(text, ",\"\r\n")] == '\0') {
        fputs(text, stdout);
        return;
    }
    putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"') {
            putchar('"');
        }
        putchar(*text);
    }
    putchar('"');
}

/* A block of lines with one header; blocks are parted by an empty line. */
static void put_head(struct report *r, const char *head)
{
    if (r->head != head) {
        printf("%s%s\n", r->begun ? "\n" : "", head);
        r->head = head;
        r->begun = true;
    }
}

/* Values ------------------------------------------------------------------------------------------ */

static json_t *describe(const struct reference *a, const char *index_name)
{
    char obis[OBIS_MAX];
    char name[NAME_MAX_SIZE];
    json_t *object = json_pack("{s:s, s:i}", "object", obis_text(a, obis), "class", a->ic);
    if (index_name != NULL) {
        json_object_set_new(object, index_name, json_integer(a->index));
    }
    if (words_object(a->obis, name, sizeof name)[0] != '\0') {
        json_object_set_new(object, "name", json_string(name));
    }
    return object;
}

void report_value(struct report *r, const struct reference *a, const struct data *d, const struct form_scale *scale)
{
    static const char head[] = "object,class,attribute,name,value,unit";
    char obis[OBIS_MAX];
    char name[NAME_MAX_SIZE];
    char place[OBIS_MAX + 8];
    const char *unit = scale != NULL && scale->given ? words_unit(scale->unit) : "";
    if (r->format == REPORT_JSON) {
        json_t *object = describe(a, "attribute");
        json_object_set_new(object, "value", form_json(d, scale));
        if (unit[0] != '\0') {
            json_object_set_new(object, "unit", json_string(unit));
        }
        json_array_append_new(r->array, object);
        return;
    }
    char *text = form_text(d, scale);
    obis_text(a, obis);
    words_object(a->obis, name, sizeof name);
    if (r->format == REPORT_CSV) {
        put_head(r, head);
        printf("%s,%u,%u", obis, a->ic, a->index);
        put_cell(",", name);
        put_cell(",", text != NULL ? text : "");
        put_cell(",", unit);
        putchar('\n');
    } else {
        snprintf(place, sizeof place, "%s:%u", obis, a->index);
        printf("%-22s %12s %-5s%s%s\n", place, text != NULL ? text : "", unit, name[0] != '\0' ? "  " : "", name);
    }
    free(text);
}

void report_done(struct report *r, const struct reference *a, const char *what, const char *sentence, json_t *facts)
{
    static const char head[] = "object,class,index,done,detail";
    char obis[OBIS_MAX];
    if (r->format == REPORT_JSON) {
        json_t *object = describe(a, "index");
        json_object_set_new(object, "done", json_string(what));
        if (facts != NULL) {
            json_object_update(object, facts);
        }
        json_array_append_new(r->array, object);
    } else if (r->format == REPORT_CSV) {
        put_head(r, head);
        printf("%s,%u,%u,%s", obis_text(a, obis), a->ic, a->index, what);
        put_cell(",", sentence);
        putchar('\n');
    } else {
        printf("%s:%u  %s\n", obis_text(a, obis), a->index, sentence);
    }
    json_decref(facts);
}

void report_object(struct report *r, const struct report_object *o)
{
    static const char head[] = "object,class,version,class name,attributes,methods,name";
    char obis[OBIS_MAX];
    char name[NAME_MAX_SIZE];
    const char *ic = words_class(o->object.ic);
    obis_text(&o->object, obis);
    words_object(o->object.obis, name, sizeof name);
    switch (r->format) {
    case REPORT_JSON: {
        json_t *object = describe(&o->object, NULL);
        json_object_set_new(object, "version", json_integer(o->version));
        json_object_set_new(object, "class_name", json_string(ic));
        json_object_set_new(object, "attributes", json_string(o->attributes));
        json_object_set_new(object, "methods", json_string(o->methods));
        json_array_append_new(r->array, object);
        break;
    }
    case REPORT_CSV:
        put_head(r, head);
        printf("%s,%u,%u,%s,%s,%s", obis, o->object.ic, o->version, ic, o->attributes, o->methods);
        put_cell(",", name);
        putchar('\n');
        break;
    case REPORT_TABLE:
        printf("%-20s %3u v%u  %-22s %-10s %-8s %s\n", obis, o->object.ic, o->version, ic, o->attributes, o->methods,
               name);
        break;
    }
}

/* Rows -------------------------------------------------------------------------------------------- */

/* The zone that all times of a column have; "" when it has none. */
static void zone_of(const struct data *rows, size_t column, char *text, size_t size)
{
    struct calendar_time t;
    int deviation_min = 0;
    bool seen = false;
    text[0] = '\0';
    for (size_t i = 0; i < rows->size; i++) {
        const struct data *cell = data_at(&rows->elements[i], column);
        if (cell == NULL || !form_time(cell, &t) || t.year == CALENDAR_YEAR_ANY) {
            continue;
        }
        if (seen && t.deviation_min != deviation_min) {
            snprintf(text, size, "local time, zone in each value");
            return;
        }
        seen = true;
        deviation_min = t.deviation_min;
    }
    if (seen && deviation_min == CALENDAR_DEVIATION_ANY) {
        snprintf(text, size, "local time, zone not specified");
    } else if (seen) {
        int east = -deviation_min;
        snprintf(text, size, "UTC%c%02d:%02d", east < 0 ? '-' : '+', abs(east) / 60, abs(east) % 60);
    }
}

static void heading_of(const struct report_column *c, const struct data *rows, size_t column, char *text, size_t size)
{
    char obis[OBIS_MAX];
    char zone[48];
    const char *unit = c->scale.given ? words_unit(c->scale.unit) : "";
    zone_of(rows, column, zone, sizeof zone);
    const char *more = zone[0] != '\0' ? zone : unit;
    int used = snprintf(text, size, "%s:%u", obis_text(&c->attribute, obis), c->attribute.index);
    if (more[0] != '\0' && used > 0 && (size_t)used < size) {
        snprintf(text + used, size - (size_t)used, " [%s]", more);
    }
}

static void put_rows_json(struct report *r, const struct reference *a, const struct report_column *columns,
                          size_t count, const struct data *rows)
{
    json_t *object = describe(a, "attribute");
    json_t *heads = json_array();
    json_t *table = json_array();
    for (size_t c = 0; c < count; c++) {
        json_t *head = describe(&columns[c].attribute, "attribute");
        if (columns[c].data_index != 0) {
            json_object_set_new(head, "data_index", json_integer(columns[c].data_index));
        }
        if (columns[c].scale.given) {
            json_object_set_new(head, "unit", json_string(words_unit(columns[c].scale.unit)));
        }
        json_array_append_new(heads, head);
    }
    for (size_t i = 0; i < rows->size; i++) {
        json_t *row = json_array();
        for (size_t c = 0; c < rows->elements[i].size; c++) {
            json_array_append_new(row, form_json(&rows->elements[i].elements[c], &columns[c].scale));
        }
        json_array_append_new(table, row);
    }
    json_object_set_new(object, "columns", heads);
    json_object_set_new(object, "rows", table);
    json_array_append_new(r->array, object);
}

/* The cell's text on the heap, never NULL for what is there. */
static char *cell_text(const struct data *rows, size_t row, size_t column, const struct form_scale *scale, bool csv)
{
    const struct data *cell = data_at(&rows->elements[row], column);
    if (cell == NULL || (csv && cell->tag == AXDR_NULL)) {
        return strdup("");
    }
    char *text = form_text(cell, scale);
    return text != NULL ? text : strdup("");
}

static void put_rows_csv(struct report *r, const struct report_column *columns, size_t count, const struct data *rows)
{
    char heading[96];
    if (r->begun) {
        putchar('\n');
    }
    for (size_t c = 0; c < count; c++) {
        heading_of(&columns[c], rows, c, heading, sizeof heading);
        put_cell(c > 0 ? "," : "", heading);
    }
    putchar('\n');
    for (size_t i = 0; i < rows->size; i++) {
        for (size_t c = 0; c < count; c++) {
            char *text = cell_text(rows, i, c, &columns[c].scale, true);
            put_cell(c > 0 ? "," : "", text != NULL ? text : "");
            free(text);
        }
        putchar('\n');
    }
    r->begun = true;
    r->head = NULL;
}

static void put_rows_table(struct report *r, const struct reference *a, const struct report_column *columns,
                           size_t count, const struct data *rows)
{
    char heading[96];
    char obis[OBIS_MAX];
    char name[NAME_MAX_SIZE];
    size_t *widths = calloc(count + 1, sizeof *widths);
    if (widths == NULL) {
        return;
    }
    printf("%s%s:%u  %s  %zu rows\n", r->begun ? "\n" : "", obis_text(a, obis), a->index,
           words_object(a->obis, name, sizeof name), rows->size);
    for (size_t c = 0; c < count; c++) {
        heading_of(&columns[c], rows, c, heading, sizeof heading);
        widths[c] = strlen(heading);
        for (size_t i = 0; i < rows->size; i++) {
            char *text = cell_text(rows, i, c, &columns[c].scale, false);
            widths[c] = text != NULL && strlen(text) > widths[c] ? strlen(text) : widths[c];
            free(text);
        }
        printf("%s%*s", c > 0 ? "  " : "", (int)widths[c], heading);
    }
    putchar('\n');
    for (size_t i = 0; i < rows->size; i++) {
        for (size_t c = 0; c < count; c++) {
            char *text = cell_text(rows, i, c, &columns[c].scale, false);
            printf("%s%*s", c > 0 ? "  " : "", (int)widths[c], text != NULL ? text : "");
            free(text);
        }
        putchar('\n');
    }
    free(widths);
    r->begun = true;
}

void report_rows(struct report *r, const struct reference *a, const struct report_column *columns, size_t count,
                 const struct data *rows)
{
    switch (r->format) {
    case REPORT_JSON:
        put_rows_json(r, a, columns, count, rows);
        break;
    case REPORT_CSV:
        put_rows_csv(r, columns, count, rows);
        break;
    case REPORT_TABLE:
        put_rows_table(r, a, columns, count, rows);
        break;
    }
}

void report_end(struct report *r)
{
    if (r->array != NULL) {
        json_dumpf(r->array, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
        putchar('\n');
        json_decref(r->array);
        r->array = NULL;
    }
    fflush(stdout);
}
