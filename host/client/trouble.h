/* Why something did not work, as a sentence for the user: what happened and, where there is one, what to do next.
 * The first one counts: what fails after it, fails because of it. */
#ifndef HOST_CLIENT_TROUBLE_H
#define HOST_CLIENT_TROUBLE_H

#include <stdbool.h>

struct trouble {
    char text[400]; /* empty: none so far */
};

/* Returns false, so that a function can return it. */
bool trouble_is(struct trouble *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
