#include "host/number.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *number_read(const char *text, double *value)
{
    size_t size = strspn(text, "+-.0123456789eE");
    if (size == 0) {
        return NULL;
    }
    char *end;
    *value = strtod(text, &end);
    return end == text + size && isfinite(*value) ? end : NULL;
}

bool number_whole(const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
    if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0') {
        return false;
    }
    errno = 0;
    *value = strtoull(text, NULL, 10);
    return errno == 0 && *value >= least && *value <= most;
}
