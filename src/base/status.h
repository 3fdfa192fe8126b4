/* The outcome of anything that can fail: 0 is success, everything else negative.
 *
 * A module returns a status only where its caller must act on it. One function
 * of the COSEM server maps it to data-access-result, another to action-result
 * (cosem/service.h), so no other file knows those codes.
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

enum status {
    STATUS_OK = 0,
    STATUS_RANGE = -1,        /* a value outside its limits */
    STATUS_TYPE = -2,         /* a value of another type than the one asked for */
    STATUS_DENIED = -3,       /* not allowed, to this caller or in this state */
    STATUS_UNDEFINED = -4,    /* there is no such thing */
    STATUS_BUSY = -5,         /* not now: the same call may succeed later */
    STATUS_MALFORMED = -6,    /* bytes that are not of their form */
    STATUS_SPACE = -7,        /* it does not fit */
    STATUS_INCONSISTENT = -8, /* the thing exists, but is of another class, or of another version */
    STATUS_FAILED = -9        /* the hardware did not do it */
};

#endif
