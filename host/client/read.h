/* `blathy read`: reads, writes and calls what the command line names, on any DLMS meter. */
#ifndef HOST_CLIENT_READ_H
#define HOST_CLIENT_READ_H

#include "host/client/options.h"

enum cli_exit read_meter(const struct options *options);

#endif
