/* The command line of `blathy read`. */
#ifndef HOST_CLIENT_OPTIONS_H
#define HOST_CLIENT_OPTIONS_H

#include "base/calendar.h"
#include "host/cli.h"
#include "host/client/report.h"
#include "host/client/session.h"
#include "host/endpoint.h"

enum { OPTIONS_ITEMS_MAX = 256 };

enum options_kind { OPTIONS_GET, OPTIONS_SET, OPTIONS_CALL, OPTIONS_LIST, OPTIONS_SET_CLOCK, OPTIONS_IMAGE };

/* One thing to do, in the order of the command line. */
struct options_item {
    enum options_kind kind;
    struct reference object; /* ic 0: look for it in the object list */
    const char *value;       /* SET, CALL (may be NULL), SET_CLOCK, IMAGE: the file */
};

enum options_selection { OPTIONS_WHOLE, OPTIONS_RANGE, OPTIONS_ENTRIES };

struct options {
    struct endpoint endpoint;
    uint8_t client; /* address */
    uint8_t password[SESSION_PASSWORD_MAX];
    size_t password_size;
    bool password_given;
    struct frame_address server;
    bool sign_on;        /* mode E before HDLC */
    const char *address; /* of the meter in the sign-on */
    uint32_t baud;       /* of a serial line without sign-on */
    uint16_t information;
    uint8_t window;
    uint32_t timeout_ms;
    uint32_t time_limit_s;
    enum report_format format;
    enum options_selection selection; /* what of a profile's buffer */
    struct calendar_time from;
    struct calendar_time to;
    uint32_t first; /* entries, 1-based; last 0: the last there is */
    uint32_t last;
    const char *columns;          /* NULL: all */
    const char *image_identifier; /* NULL: the file's name */
    bool activate;
    bool resume;
    bool verbose;
    struct options_item items[OPTIONS_ITEMS_MAX];
    size_t count;
};

/* The arguments begin with "read". */
enum cli_outcome options_parse(int argc, char **argv, struct options *o);

/* A.B.C.D.E.F, A.B.C.D.E (F is 255) or A-B:C.D.E*F at the beginning of `text`, behind "CLASS/" or not (ic is then 0).
 * Returns where it ends, NULL when it is none. */
const char *options_read_object(const char *text, struct reference *object);

#endif
