#include "host/text.h"

enum text_outcome text_read_line(FILE *file, char *line, size_t size)
{
    size_t used = 0;
    int octet;
    while ((octet = getc_unlocked(file)) != '\n' && octet != EOF) {
        if (octet == '\0' || used == size - 1) {
            return TEXT_BROKEN;
        }
        line[used++] = (char)octet;
    }
    if (octet == EOF && used == 0) {
        return TEXT_END;
    }
    if (used > 0 && line[used - 1] == '\r') {
        used--;
    }
    line[used] = '\0';
    return TEXT_LINE;
}
