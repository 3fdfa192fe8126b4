#include "host/client/stamp.h"

#include <stdio.h>
#include <string.h>

#include "host/local_time.h"

/* Takes a zone off the end of the text. False when it is malformed. */
static bool take_zone(char *text, int16_t *deviation_min)
{
    size_t size = strlen(text);
    char *zone = strchr(text, 'T') != NULL ? strpbrk(strchr(text, 'T'), "+-") : NULL;
    *deviation_min = CALENDAR_DEVIATION_ANY;
    if (size > 0 && text[size - 1] == 'Z') {
        text[size - 1] = '\0';
        *deviation_min = 0;
        return strchr(text, 'T') != NULL;
    }
    if (zone == NULL) {
        return true;
    }
    const char *z = zone + 1;
    if (strlen(z) != 5 || strspn(z, "0123456789") != 2 || z[2] != ':' || strspn(z + 3, "0123456789") != 2) {
        return false;
    }
    int minutes = ((z[0] - '0') * 10 + z[1] - '0') * 60 + (z[3] - '0') * 10 + z[4] - '0';
    *deviation_min = (int16_t)(*zone == '+' ? -minutes : minutes);
    *zone = '\0';
    return minutes <= 14 * 60;
}

bool stamp_parse(const char *text, struct calendar_time *t)
{
    char local[40];
    int16_t deviation_min;
    int64_t seconds;
    if (strlen(text) >= sizeof local) {
        return false;
    }
    snprintf(local, sizeof local, "%s", text);
    if (!take_zone(local, &deviation_min) || !local_time_parse(local, &seconds)) {
        return false;
    }
    *t = calendar_civil(seconds);
    t->deviation_min = deviation_min;
    return true;
}

int64_t stamp_utc_s(const struct calendar_time *t)
{
    return calendar_seconds(t) + t->deviation_min * CALENDAR_MINUTE_S;
}
