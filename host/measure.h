/* blathy measure: a recorded waveform through the metrology core, one JSON object out (interfaces 3). */
#ifndef HOST_MEASURE_H
#define HOST_MEASURE_H

#include "host/cli.h"

enum cli_exit measure(const struct cli_measure *options);

#endif
