/* Transfer of a firmware image (class 18): initiate, blocks, verify, activate.
 *
 * Source  DLMS UA 1000-1 clause 4.4.6; object-model.md decision 13.
 */
#ifndef HOST_CLIENT_IMAGE_H
#define HOST_CLIENT_IMAGE_H

#include "host/client/options.h"
#include "host/client/report.h"
#include "host/client/session.h"

/* `item`: the object and the file. */
enum session_outcome image_transfer(struct session *s, const struct options *o, const struct options_item *item,
                                    struct report *report);

#endif
