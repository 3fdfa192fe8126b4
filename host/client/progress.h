/* A progress bar on stderr, when that is a terminal; else nothing. */
#ifndef HOST_CLIENT_PROGRESS_H
#define HOST_CLIENT_PROGRESS_H

#include <stdint.h>

/* `total` 0: not known. */
void progress_show(const char *what, uint64_t done, uint64_t total);

/* Takes the bar away. */
void progress_end(void);

#endif
