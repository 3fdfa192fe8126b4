/* Text files that somebody else wrote, line by line. */
#ifndef HOST_TEXT_H
#define HOST_TEXT_H

#include <stddef.h>
#include <stdio.h>

enum text_outcome { TEXT_LINE, TEXT_END, TEXT_BROKEN };

/* Reads a line without its end (LF or CR LF). TEXT_END: there is none, or ferror(file). TEXT_BROKEN: it does not fit,
 * or it has a zero octet. */
enum text_outcome text_read_line(FILE *file, char *line, size_t size);

#endif
