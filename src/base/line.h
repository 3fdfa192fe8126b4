/* How a serial line is set: what a sign-on asks for and a board applies.
 *
 * IEC 62056-21 clause 4: 300 baud 7E1 at the start; HDLC (IEC 62056-46) runs 8N1.
 */
#ifndef BASE_LINE_H
#define BASE_LINE_H

#include <stdint.h>

enum line_format { LINE_7E1, LINE_8N1 };

struct line_settings {
    uint32_t baud; /* bit/s: 300, 600, 1200, 2400, 4800, 9600, 19200 */
    enum line_format format;
};

#endif
