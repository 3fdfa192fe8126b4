#include "host/client/progress.h"

#include <stdio.h>
#include <unistd.h>

enum { BAR = 40 };

void progress_show(const char *what, uint64_t done, uint64_t total)
{
    static const char full[] = "########################################";
    if (isatty(STDERR_FILENO) == 0) {
        return;
    }
    if (total == 0) {
        fprintf(stderr, "\r%s %llu", what, (unsigned long long)done);
    } else {
        int filled = (int)((done < total ? done : total) * BAR / total);
        fprintf(stderr, "\r%s [%.*s%*s] %llu of %llu", what, filled, full, BAR - filled, "", (unsigned long long)done,
                (unsigned long long)total);
    }
    fflush(stderr);
}

void progress_end(void)
{
    if (isatty(STDERR_FILENO) != 0) {
        fputs("\r\033[K", stderr);
    }
}
