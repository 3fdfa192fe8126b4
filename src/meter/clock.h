/* The meter's clock: UTC inside, local time with deviation and daylight saving outside.
 *
 * Source  DLMS UA 1000-1, class_id 8 version 0; object-model.md 1.2, decisions 11 and 14.
 */
#ifndef METER_CLOCK_H
#define METER_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/calendar.h"
#include "base/status.h"
#include "board/board.h"

struct clock;

#endif
