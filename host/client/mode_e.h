/* The sign-on of an optical port, client side: IEC 62056-21 mode E.
 *
 * A serial line goes from 300 baud 7E1 over the meter's speed 7E1 to its speed 8N1; on a stream the octets alone count.
 * The confirmation is welcome and not needed (object-model.md 10.1).
 */
#ifndef HOST_CLIENT_MODE_E_H
#define HOST_CLIENT_MODE_E_H

#include "host/client/channel.h"

enum { MODE_E_IDENTIFICATION_MAX = 64 };

/* `address`: of the meter on a line of several, "" for the one that is there. The identification is without CR LF. */
bool mode_e_open(struct channel *c, const char *address, uint32_t timeout_ms,
                 char identification[MODE_E_IDENTIFICATION_MAX], struct trouble *t);

#endif
