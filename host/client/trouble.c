#include "host/client/trouble.h"

#include <stdarg.h>
#include <stdio.h>

bool trouble_is(struct trouble *t, const char *format, ...)
{
    if (t->text[0] == '\0') {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(t->text, sizeof t->text, format, arguments);
        va_end(arguments);
    }
    return false;
}
