#include "host/replay.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/local_time.h"
#include "host/number.h"
#include "host/text.h"

#define HEADER "Date;Time;Global_active_power;Global_reactive_power;Voltage"

enum { LINE_OCTETS_MAX = 512, ROW_S = 60 };

/* The columns after the stamp that are used, in the file's order: kW, kvar, V. */
static const struct {
    double limit;
    double scale; /* to the unit in which the row keeps it */
} columns[REPLAY_COLUMN_COUNT] = {
    [REPLAY_ACTIVE_MW] = { 50.0, 1e6 },
    [REPLAY_REACTIVE_MVAR] = { 50.0, 1e6 },
    [REPLAY_VOLTAGE_MV] = { QUANTITIES_VOLTS_MAX, 1e3 },
};

static void row_quantities(const struct replay_row *row, struct quantities *q)
{
    *q = (struct quantities){ .voltage_uv = (uint32_t)row->values[REPLAY_VOLTAGE_MV] * 1000u,
                              .frequency_uhz = 50000000,
                              .active_uw = (int64_t)row->values[REPLAY_ACTIVE_MW] * 1000,
                              .reactive_uvar = (int64_t)row->values[REPLAY_REACTIVE_MVAR] * 1000 };
}

/* Reads one column into the row; a "?" holds the value of the row before. Returns where it ends, NULL if malformed. */
static const char *read_column(const char *text, enum replay_column column, const struct replay_row *before,
                               struct replay_row *row)
{
    const char *end;
    if (text[0] == '?' && before != NULL) {
        row->values[column] = before->values[column];
        end = text + 1;
    } else {
        double value;
        end = number_read(text, &value);
        if (end == NULL || fabs(value) > columns[column].limit) {
            return NULL;
        }
        row->values[column] = (int32_t)lround(value * columns[column].scale);
    }
    return *end == ';' || *end == '\0' ? end : NULL;
}

/* `before` is the row above, NULL at the first. Returns what is wrong with the line, NULL when it is a row. */
static const char *parse_row(const char *line, const struct replay_row *before, struct replay_row *row)
{
    const char *text = local_time_read_stamp(line, &row->local_s);
    if (text == NULL) {
        return "does not begin with a date and a time, dd/mm/yyyy;hh:mm:ss";
    }
    if (before != NULL && row->local_s <= before->local_s) {
        return "is not later than the row before";
    }
    for (enum replay_column column = 0; column < REPLAY_COLUMN_COUNT; column++) {
        if (*text != ';') {
            return "has too few columns";
        }
        text = read_column(text + 1, column, before, row);
        if (text == NULL) {
            return "has a value that is not a number in range";
        }
    }
    struct quantities q;
    row_quantities(row, &q);
    return row->values[REPLAY_VOLTAGE_MV] >= 0 && quantities_measurable(&q) ? NULL
                                                                            : "is beyond what the meter measures";
}

static bool append(struct replay *r, size_t *room, const struct replay_row *row)
{
    if (r->count == *room) {
        size_t more = *room == 0 ? 2048 : *room * 2;
        struct replay_row *rows = realloc(r->rows, more * sizeof *rows);
        if (rows == NULL) {
            return false;
        }
        r->rows = rows;
        *room = more;
    }
    r->rows[r->count++] = *row;
    return true;
}

/* Takes a line; an empty one is passed over. Returns what is wrong with it, NULL if nothing. */
static const char *take_line(struct replay *r, size_t *room, unsigned long number, const char *line)
{
    if (number == 1) {
        return strncmp(line, HEADER, strlen(HEADER)) == 0 ? NULL : "is not the header " HEADER ";...";
    }
    if (line[0] == '\0') {
        return NULL;
    }
    struct replay_row row;
    const char *wrong = parse_row(line, r->count > 0 ? &r->rows[r->count - 1] : NULL, &row);
    if (wrong == NULL && !append(r, room, &row)) {
        wrong = "does not fit into the memory of this machine";
    }
    return wrong;
}

bool replay_open(struct replay *r, const char *path, char *message, size_t size)
{
    *r = (struct replay){ 0 };
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        snprintf(message, size, "%s: %s", path, strerror(errno));
        return false;
    }
    char line[LINE_OCTETS_MAX];
    size_t room = 0;
    unsigned long number = 0;
    const char *wrong = NULL;
    enum text_outcome outcome;
    while (wrong == NULL && (outcome = text_read_line(file, line, sizeof line)) != TEXT_END) {
        number++;
        wrong = outcome == TEXT_LINE ? take_line(r, &room, number, line) : "is too long or has a zero octet";
    }
    if (wrong != NULL) {
        snprintf(message, size, "%s: line %lu %s", path, number, wrong);
    } else if (ferror(file) != 0) {
        snprintf(message, size, "%s: cannot be read", path);
    } else if (r->count == 0) {
        snprintf(message, size, "%s: line %lu is the last, and there is no row of data", path, number);
    } else {
        fclose(file);
        return true;
    }
    fclose(file);
    replay_close(r);
    return false;
}

void replay_close(struct replay *r)
{
    free(r->rows);
    *r = (struct replay){ 0 };
}

void replay_at(const struct replay *r, int64_t local_s, struct quantities *q)
{
    size_t from = 0;
    size_t to = r->count; /* the row is in [from, to) */
    while (to - from > 1) {
        size_t middle = from + (to - from) / 2;
        if (r->rows[middle].local_s <= local_s) {
            from = middle;
        } else {
            to = middle;
        }
    }
    row_quantities(&r->rows[from], q);
}

int64_t replay_begin_s(const struct replay *r)
{
    return r->rows[0].local_s;
}

int64_t replay_end_s(const struct replay *r)
{
    return r->rows[r->count - 1].local_s + ROW_S;
}
