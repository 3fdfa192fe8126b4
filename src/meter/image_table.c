#include "meter/image_table.h"

#include <stdbool.h>
#include <string.h>

struct line {
    const uint8_t *at;
    const uint8_t *end;
};

static bool take_word(struct line *line, const char *word)
{
    size_t size = strlen(word);
    if ((size_t)(line->end - line->at) < size || memcmp(line->at, word, size) != 0) {
        return false;
    }
    line->at += size;
    return true;
}

/* A decimal number of 1 to 3 digits, 0..255. */
static bool take_number(struct line *line, uint8_t *number)
{
    unsigned value = 0;
    unsigned digits = 0;
    while (digits < 3 && line->at < line->end && *line->at >= '0' && *line->at <= '9') {
        value = value * 10 + (unsigned)(*line->at - '0');
        line->at++;
        digits++;
    }
    *number = (uint8_t)value;
    return digits > 0 && value <= UINT8_MAX;
}

static bool take_page(struct line *line, struct image_table *table)
{
    if (table->page_count == IMAGE_PAGES_MAX) {
        return false;
    }
    uint8_t *page = table->pages[table->page_count++];
    for (unsigned i = 0; i < 6; i++) {
        if ((i > 0 && !take_word(line, ".")) || !take_number(line, &page[i])) {
            return false;
        }
    }
    return line->at == line->end;
}

static bool take_welcome(struct line *line, struct image_table *table)
{
    size_t size = (size_t)(line->end - line->at);
    if (table->welcome[0] != 0 || size == 0 || size > IMAGE_WELCOME_MAX) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (line->at[i] < 0x20 || line->at[i] > 0x7E) {
            return false;
        }
        table->welcome[i] = (char)line->at[i];
    }
    return true;
}

enum status image_table_read(const uint8_t *octets, size_t size, struct image_table *table)
{
    memset(table, 0, sizeof *table);
    if (size > IMAGE_TABLE_MAX) {
        return STATUS_MALFORMED;
    }
    while (size > 0) {
        const uint8_t *end = memchr(octets, '\n', size);
        if (end == NULL) {
            return STATUS_MALFORMED;
        }
        struct line line = { octets, end };
        bool good = take_word(&line, "page ")      ? take_page(&line, table)
                    : take_word(&line, "welcome ") ? take_welcome(&line, table)
                                                   : false;
        if (!good) {
            return STATUS_MALFORMED;
        }
        size -= (size_t)(end + 1 - octets);
        octets = end + 1;
    }
    return STATUS_OK;
}
