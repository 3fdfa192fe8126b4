/* The payload of an image for a virtual meter: a table that changes what the meter shows.
 *
 * Text of lines that each end with a line feed, in any order: one `welcome TEXT` at the most, the text that the display
 * shows at the start (1..IMAGE_WELCOME_MAX printable characters), and `page A.B.C.D.E.F` for each page of the automatic
 * scroll (an object, six numbers of 0..255), IMAGE_PAGES_MAX at the most. The firmware's id follows from the header.
 *
 * Source  SPEC.md.
 */
#ifndef METER_IMAGE_TABLE_H
#define METER_IMAGE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "config.h"

#define IMAGE_TABLE_MAX 512u /* octets of text: every line of the longest kind fits */

struct image_table {
    char welcome[IMAGE_WELCOME_MAX + 1]; /* empty: the built-in one */
    uint8_t pages[IMAGE_PAGES_MAX][6];   /* logical names */
    uint8_t page_count;                  /* 0: the built-in ones */
};

/* STATUS_MALFORMED: no such text; *table is then undefined. */
enum status image_table_read(const uint8_t *octets, size_t size, struct image_table *table);

#endif
