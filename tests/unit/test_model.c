/* The object table against the object model, sections 1.1 to 1.7, 1.10, 1.12 and 1.13, written down a second time by
 * hand.
 *
 * Rights are in the notation of that document: "P / R / A"; '-' not in the object_list, 'g' get of every attribute,
 * "(no 7)" but this, "s:2,3" set, "m:1-6" methods. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client.h"
#include "model/model.h"
#include "test_board.h"

enum { ANY = -1, LONG64_OCTETS = 16384 };

/* Attribute 2's tag; scaler and unit of a register. */
struct expected {
    const char *obis;
    int class_id, version, tag, scaler, unit;
    const char *rights;
};

#define DEFAULT "- / g / g"
#define ALL     "g / g / g"

/* clang-format off */
static const struct expected expected[] = {
    /* 1.1 Associations, addressing, security */
    { "0.0.42.0.0.255",   1, 0,   9, ANY, ANY, ALL },
    { "0.0.41.0.0.255",  17, 0,   1, ANY, ANY, ALL },
    { "0.0.40.0.0.255",  15, 1,   1, ANY, ANY, "g(no 7) / g(no 7) / g(no 7) s:7" },
    { "0.0.40.0.1.255",  15, 1,   1, ANY, ANY, "g(no 7) / g(no 7) / g(no 7)" },
    { "0.0.40.0.2.255",  15, 1,   1, ANY, ANY, "- / g(no 7) / g(no 7) s:7" },
    { "0.0.40.0.3.255",  15, 1,   1, ANY, ANY, "- / - / g(no 7) s:7" },
    /* 1.2 Clock and time */
    { "0.0.1.0.0.255",    8, 0,   9, ANY, ANY, "g / g / g s:2,3,5,6,7,8 m:1-6" },
    { "1.0.0.9.1.255",    1, 0,   9, ANY, ANY, DEFAULT },
    { "1.0.0.9.2.255",    1, 0,   9, ANY, ANY, DEFAULT },
    { "0.0.96.2.12.255",  1, 0,   9, ANY, ANY, DEFAULT },
    { "1.0.0.9.11.255",   3, 0,  18,   0,   7, "- / g / g s:2" },
    /* 1.3 Identification and constants */
    { "0.0.96.1.0.255",   1, 0,   9, ANY, ANY, ALL },
    { "0.0.96.1.1.255",   1, 0,   9, ANY, ANY, "- / g / g s:2" },
    { "0.0.96.1.2.255",   1, 0,   9, ANY, ANY, ALL },
    { "0.0.96.1.3.255",   1, 0,   9, ANY, ANY, ALL },
    { "0.0.96.1.4.255",   1, 0,  18, ANY, ANY, DEFAULT },
    { "0.0.96.1.10.255",  1, 0,   9, ANY, ANY, "- / g / g s:2" },
    { "1.0.0.2.0.255",    1, 0,   9, ANY, ANY, ALL },
    { "1.0.0.2.8.255",    1, 0,   9, ANY, ANY, DEFAULT },
    { "1.0.0.2.1.255",    1, 0,   9, ANY, ANY, DEFAULT },
    { "1.0.0.3.0.255",    3, 0,   6,  -3,  45, DEFAULT },
    { "1.0.0.3.1.255",    3, 0,   6,  -3,  46, DEFAULT },
    { "1.0.0.6.0.255",    3, 0,  18,   0,  35, DEFAULT },
    { "1.0.0.6.1.255",    3, 0,  18,   0,  33, DEFAULT },
    { "1.0.0.6.2.255",    3, 0,  18,   0,  44, DEFAULT },
    { "1.0.0.6.3.255",    3, 0,  18,   0,  33, DEFAULT },
    { "1.0.0.6.4.255",    3, 0,  18,   0,  35, "- / g / g s:2" },
    { "0.0.96.2.0.255",   1, 0,   6, ANY, ANY, DEFAULT },
    { "0.0.96.2.1.255",   1, 0,   9, ANY, ANY, DEFAULT },
    { "0.0.96.2.13.255",  1, 0,   9, ANY, ANY, DEFAULT },
    /* 1.4 Cumulative energy */
    { "1.0.1.8.0.255",    3, 0,   6,   0,  30, DEFAULT },
    { "1.0.2.8.0.255",    3, 0,   6,   0,  30, DEFAULT },
    { "1.0.3.8.0.255",    3, 0,   6,   0,  32, DEFAULT },
    { "1.0.4.8.0.255",    3, 0,   6,   0,  32, DEFAULT },
    { "1.0.5.8.0.255",    3, 0,   6,   0,  32, DEFAULT },
    { "1.0.6.8.0.255",    3, 0,   6,   0,  32, DEFAULT },
    { "1.0.7.8.0.255",    3, 0,   6,   0,  32, DEFAULT },
    { "1.0.8.8.0.255",    3, 0,   6,   0,  32, DEFAULT },
    { "1.0.15.8.0.255",   3, 0,   6,   0,  30, DEFAULT },
    { "1.0.16.8.0.255",   3, 0,   5,   0,  30, DEFAULT },
    { "1.0.128.8.0.255",  3, 0,   6,   0,  32, DEFAULT },
    { "1.0.9.8.0.255",    3, 0,   6,   0,  31, DEFAULT },
    { "1.0.10.8.0.255",   3, 0,   6,   0,  31, DEFAULT },
    /* 1.5 Instantaneous */
    { "1.0.32.7.0.255",   3, 0,  18,  -1,  35, DEFAULT },
    { "1.0.12.7.0.255",   3, 0,  18,  -1,  35, DEFAULT },
    { "1.0.31.7.0.255",   3, 0,   6,  -3,  33, DEFAULT },
    { "1.0.11.7.0.255",   3, 0,   6,  -3,  33, DEFAULT },
    { "1.0.91.7.0.255",   3, 0,   6,  -3,  33, DEFAULT },
    { "1.0.1.7.0.255",    3, 0,   6,   0,  27, DEFAULT },
    { "1.0.2.7.0.255",    3, 0,   6,   0,  27, DEFAULT },
    { "1.0.16.7.0.255",   3, 0,   5,   0,  27, DEFAULT },
    { "1.0.15.7.0.255",   3, 0,   6,   0,  27, DEFAULT },
    { "1.0.3.7.0.255",    3, 0,   6,   0,  29, DEFAULT },
    { "1.0.4.7.0.255",    3, 0,   6,   0,  29, DEFAULT },
    { "1.0.9.7.0.255",    3, 0,   6,   0,  28, DEFAULT },
    { "1.0.10.7.0.255",   3, 0,   6,   0,  28, DEFAULT },
    { "1.0.13.7.0.255",   3, 0,  16,  -3, 255, DEFAULT },
    { "1.0.84.7.0.255",   3, 0,  16,  -3, 255, DEFAULT },
    { "1.0.14.7.0.255",   3, 0,  18,  -2,  44, DEFAULT },
    { "1.0.81.7.4.255",   3, 0,  18,  -1,   8, DEFAULT },
    { "1.0.81.7.40.255",  3, 0,  18,  -1,   8, DEFAULT },
    { "1.0.96.50.0.255",  1, 0,  22, ANY, ANY, DEFAULT },
    /* 1.6 Demand */
    { "1.0.1.4.0.255",    5, 0,   6, ANY, ANY, "- / g / g s:8,9 m:1,2" },
    { "1.0.1.6.0.255",    4, 0,   6,   0,  27, "- / g / g m:1" },
    { "1.0.1.2.0.255",    3, 0,   6,   0,  27, DEFAULT },
    { "1.0.1.5.0.255",    3, 0,   6,   0,  27, DEFAULT },
    { "1.0.2.4.0.255",    5, 0,   6, ANY, ANY, "- / g / g s:8,9 m:1,2" },
    { "1.0.2.6.0.255",    4, 0,   6,   0,  27, "- / g / g m:1" },
    { "1.0.2.2.0.255",    3, 0,   6,   0,  27, DEFAULT },
    { "1.0.2.5.0.255",    3, 0,   6,   0,  27, DEFAULT },
    { "1.0.3.4.0.255",    5, 0,   6, ANY, ANY, "- / g / g s:8,9 m:1,2" },
    { "1.0.3.6.0.255",    4, 0,   6,   0,  29, "- / g / g m:1" },
    { "1.0.3.2.0.255",    3, 0,   6,   0,  29, DEFAULT },
    { "1.0.3.5.0.255",    3, 0,   6,   0,  29, DEFAULT },
    { "1.0.4.4.0.255",    5, 0,   6, ANY, ANY, "- / g / g s:8,9 m:1,2" },
    { "1.0.4.6.0.255",    4, 0,   6,   0,  29, "- / g / g m:1" },
    { "1.0.4.2.0.255",    3, 0,   6,   0,  29, DEFAULT },
    { "1.0.4.5.0.255",    3, 0,   6,   0,  29, DEFAULT },
    { "1.0.0.8.0.255",    3, 0,   6,   0,   7, "- / g / g s:2" },
    /* 1.7 Billing: without the global reset */
    { "0.0.0.1.0.255",    1, 0,   6, ANY, ANY, DEFAULT },
    { "1.0.0.1.0.255",    1, 0,   6, ANY, ANY, DEFAULT },
    { "0.0.0.1.1.255",    1, 0,  17, ANY, ANY, DEFAULT },
    { "0.0.0.1.2.255",    1, 0,   9, ANY, ANY, DEFAULT },
    { "1.0.0.1.2.255",    1, 0,   9, ANY, ANY, DEFAULT },
    { "1.0.0.9.0.255",    3, 0,  18,   0,   4, DEFAULT },
    { "1.0.0.9.6.255",    1, 0,   9, ANY, ANY, DEFAULT },
    { "1.0.0.9.7.255",    1, 0,   9, ANY, ANY, DEFAULT },
    { "1.0.0.9.12.255",   3, 0,  18,   0,   7, "- / g / g s:2" },
    { "0.0.96.50.11.255", 1, 0,  22, ANY, ANY, DEFAULT },
    { "0.0.96.50.10.255", 1, 0,   3, ANY, ANY, "- / g / g s:2" },
    { "0.0.15.0.0.255",  22, 0,   2, ANY, ANY, "- / g / g s:4" },
    { "0.0.10.0.1.255",   9, 0,   1, ANY, ANY, "- / g m:1 / g m:1" },
    { "0.0.10.0.0.255",   9, 0,   1, ANY, ANY, "- / - / g m:1" },
    { "0.0.98.1.0.255",   7, 1,   1, ANY, ANY, "- / g / g s:3 m:1,2" },
    { "0.0.96.10.3.255",  1, 0,  17, ANY, ANY, DEFAULT },
    /* its history: decision 20 */
    { "1.0.1.8.0.1",       3, 0,   6,   0,  30, DEFAULT },
    { "1.0.2.8.0.1",       3, 0,   6,   0,  30, DEFAULT },
    { "1.0.3.8.0.1",       3, 0,   6,   0,  32, DEFAULT },
    { "1.0.4.8.0.1",       3, 0,   6,   0,  32, DEFAULT },
    { "1.0.15.8.0.1",      3, 0,   6,   0,  30, DEFAULT },
    { "1.0.16.8.0.1",      3, 0,   5,   0,  30, DEFAULT },
    { "1.0.128.8.0.1",     3, 0,   6,   0,  32, DEFAULT },
    { "1.0.1.6.0.1",       4, 0,   6,   0,  27, DEFAULT },
    { "1.0.1.2.0.1",       3, 0,   6,   0,  27, DEFAULT },
    { "1.0.2.6.0.1",       4, 0,   6,   0,  27, DEFAULT },
    { "1.0.2.2.0.1",       3, 0,   6,   0,  27, DEFAULT },
    { "1.0.3.6.0.1",       4, 0,   6,   0,  29, DEFAULT },
    { "1.0.3.2.0.1",       3, 0,   6,   0,  29, DEFAULT },
    { "1.0.4.6.0.1",       4, 0,   6,   0,  29, DEFAULT },
    { "1.0.4.2.0.1",       3, 0,   6,   0,  29, DEFAULT },
    { "1.0.1.8.0.101",     3, 0,   6,   0,  30, DEFAULT },
    { "1.0.2.8.0.101",     3, 0,   6,   0,  30, DEFAULT },
    { "1.0.3.8.0.101",     3, 0,   6,   0,  32, DEFAULT },
    { "1.0.4.8.0.101",     3, 0,   6,   0,  32, DEFAULT },
    { "1.0.15.8.0.101",    3, 0,   6,   0,  30, DEFAULT },
    { "1.0.16.8.0.101",    3, 0,   5,   0,  30, DEFAULT },
    { "1.0.128.8.0.101",   3, 0,   6,   0,  32, DEFAULT },
    { "1.0.1.6.0.101",     4, 0,   6,   0,  27, DEFAULT },
    { "1.0.1.2.0.101",     3, 0,   6,   0,  27, DEFAULT },
    { "1.0.2.6.0.101",     4, 0,   6,   0,  27, DEFAULT },
    { "1.0.2.2.0.101",     3, 0,   6,   0,  27, DEFAULT },
    { "1.0.3.6.0.101",     4, 0,   6,   0,  29, DEFAULT },
    { "1.0.3.2.0.101",     3, 0,   6,   0,  29, DEFAULT },
    { "1.0.4.6.0.101",     4, 0,   6,   0,  29, DEFAULT },
    { "1.0.4.2.0.101",     3, 0,   6,   0,  29, DEFAULT },
    /* 1.8 Profiles, status words */
    { "1.0.99.1.0.255",   7, 1,   1, ANY, ANY, "- / g / g s:3,4 m:1" },
    { "1.0.99.2.0.255",   7, 1,   1, ANY, ANY, "- / g / g s:3,4 m:1" },
    { "0.0.96.10.1.255",  1, 0,  17, ANY, ANY, DEFAULT },
    { "0.0.96.10.2.255",  1, 0,  17, ANY, ANY, DEFAULT },
    { "1.0.0.8.4.255",    3, 0,   6,   0,   7, DEFAULT },
    { "1.0.0.8.5.255",    3, 0,   6,   0,   7, DEFAULT },
    /* 1.1: wrong passwords */
    { "0.0.96.50.30.255", 1, 0,   6, ANY, ANY, DEFAULT },
    /* 1.9 Events */
    { "0.0.99.98.0.255",  7, 1,   1, ANY, ANY, "- / g / g s:3 m:1" },
    { "0.0.99.98.1.255",  7, 1,   1, ANY, ANY, "- / g / g s:3 m:1" },
    { "0.0.99.98.4.255",  7, 1,   1, ANY, ANY, "- / g / g s:3 m:1" },
    { "0.0.99.98.5.255",  7, 1,   1, ANY, ANY, "- / g / g s:3 m:1" },
    { "0.0.99.98.9.255",  7, 1,   1, ANY, ANY, "- / g / g s:3 m:1" },
    { "1.0.99.97.0.255",  7, 1,   1, ANY, ANY, "- / g / g s:3 m:1" },
    { "0.0.96.11.0.255",  1, 0,  17, ANY, ANY, DEFAULT },
    { "0.0.96.11.1.255",  1, 0,  17, ANY, ANY, DEFAULT },
    { "0.0.96.11.4.255",  1, 0,  17, ANY, ANY, DEFAULT },
    { "0.0.96.11.5.255",  1, 0,  17, ANY, ANY, DEFAULT },
    { "0.0.96.11.9.255",  1, 0,  17, ANY, ANY, DEFAULT },
    { "0.0.96.11.10.255", 1, 0,  18, ANY, ANY, DEFAULT },
    { "1.0.12.31.0.255",  3, 0,  18,  -1,  35, "- / g / g s:2" },
    { "1.0.12.35.0.255",  3, 0,  18,  -1,  35, "- / g / g s:2" },
    { "1.0.12.39.0.255",  3, 0,  18,  -1,  35, "- / g / g s:2" },
    { "1.0.11.35.0.255",  3, 0,   6,  -3,  33, "- / g / g s:2" },
    { "1.0.2.35.0.255",   3, 0,   6,   0,  27, "- / g / g s:2" },
    { "1.0.13.31.0.255",  3, 0,  16,  -3, 255, "- / g / g s:2" },
    { "1.0.1.35.0.255",   3, 0,   6,   0,  27, "- / g / g s:2" },
    { "1.0.14.31.0.255",  3, 0,  18,  -2,  44, "- / g / g s:2" },
    { "1.0.14.35.0.255",  3, 0,  18,  -2,  44, "- / g / g s:2" },
    { "1.0.91.35.0.255",  3, 0,  17,   0,  56, "- / g / g s:2" },
    { "1.0.12.43.0.255",  3, 0,  18,   0,   7, "- / g / g s:2" },
    { "1.0.12.44.0.255",  3, 0,  18,   0,   7, "- / g / g s:2" },
    { "1.0.12.45.0.255",  3, 0,  18,   0,   7, "- / g / g s:2" },
    { "1.0.11.44.0.255",  3, 0,  18,   0,   7, "- / g / g s:2" },
    { "1.0.2.44.0.255",   3, 0,  18,   0,   7, "- / g / g s:2" },
    { "1.0.13.43.0.255",  3, 0,  18,   0,   7, "- / g / g s:2" },
    { "1.0.1.44.0.255",   3, 0,  18,   0,   7, "- / g / g s:2" },
    { "1.0.14.43.0.255",  3, 0,  18,   0,   7, "- / g / g s:2" },
    { "1.0.14.44.0.255",  3, 0,  18,   0,   7, "- / g / g s:2" },
    { "1.0.91.44.0.255",  3, 0,  18,   0,   7, "- / g / g s:2" },
    { "0.0.96.50.31.255", 3, 0,  17,   0,  56, "- / g / g s:2" },
    { "0.0.96.50.32.255", 3, 0,  18,   0,   7, "- / g / g s:2" },
    { "0.0.96.50.40.255", 1, 0,   4, ANY, ANY, "- / g / g s:2" },
    { "0.0.96.50.41.255", 1, 0,   4, ANY, ANY, "- / g / g s:2" },
    { "0.0.96.50.42.255", 1, 0,   4, ANY, ANY, "- / g / g s:2" },
    { "0.0.96.50.43.255", 1, 0,   4, ANY, ANY, "- / g / g s:2" },
    { "0.0.96.50.44.255", 1, 0,   4, ANY, ANY, "- / g / g s:2" },
    { "1.0.32.32.0.255",  1, 0,   6, ANY, ANY, DEFAULT },
    { "1.0.32.33.0.255",  3, 0,   6,   0,   7, DEFAULT },
    { "1.0.32.34.0.255",  3, 0,  18,  -1,  35, DEFAULT },
    { "1.0.32.36.0.255",  1, 0,   6, ANY, ANY, DEFAULT },
    { "1.0.32.37.0.255",  3, 0,   6,   0,   7, DEFAULT },
    { "1.0.32.38.0.255",  3, 0,  18,  -1,  35, DEFAULT },
    { "1.0.32.40.0.255",  1, 0,   6, ANY, ANY, DEFAULT },
    { "1.0.32.41.0.255",  3, 0,   6,   0,   7, DEFAULT },
    { "1.0.32.42.0.255",  3, 0,  18,  -1,  35, DEFAULT },
    /* 1.10: counters of the logs; covers and magnet */
    { "0.0.96.15.10.255", 1, 0,   6, ANY, ANY, DEFAULT },
    { "0.0.96.15.1.255",  1, 0,   6, ANY, ANY, DEFAULT },
    { "0.0.96.15.4.255",  1, 0,   6, ANY, ANY, DEFAULT },
    { "0.0.96.15.5.255",  1, 0,   6, ANY, ANY, DEFAULT },
    { "0.0.96.15.9.255",  1, 0,   6, ANY, ANY, DEFAULT },
    { "0.0.96.20.0.255",  1, 0,   6, ANY, ANY, DEFAULT },
    { "0.0.96.20.1.255",  1, 0,   9, ANY, ANY, DEFAULT },
    { "0.0.96.20.2.255",  3, 0,   6,   0,   7, DEFAULT },
    { "0.0.96.20.3.255",  3, 0,   6,   0,   7, DEFAULT },
    { "0.0.96.20.5.255",  1, 0,   6, ANY, ANY, DEFAULT },
    { "0.0.96.20.6.255",  1, 0,   9, ANY, ANY, DEFAULT },
    { "0.0.96.20.7.255",  3, 0,   6,   0,   7, DEFAULT },
    { "0.0.96.20.8.255",  3, 0,   6,   0,   7, DEFAULT },
    { "0.0.96.20.15.255", 1, 0,   6, ANY, ANY, DEFAULT },
    { "0.0.96.20.16.255", 1, 0,   9, ANY, ANY, DEFAULT },
    { "0.0.96.20.17.255", 3, 0,   6,   0,   7, DEFAULT },
    { "0.0.96.20.18.255", 3, 0,   6,   0,   7, DEFAULT },
    /* 1.11 Errors and alarms */
    { "0.0.97.97.0.255",  1, 0,   6, ANY, ANY, "- / g / g s:2" },
    { "0.0.97.98.0.255",  1, 0,   6, ANY, ANY, "- / g / g s:2" },
    { "0.0.97.98.1.255",  1, 0,   6, ANY, ANY, "- / g / g s:2" },
    { "0.0.97.98.10.255", 1, 0,   6, ANY, ANY, "- / g / g s:2" },
    { "0.0.97.98.11.255", 1, 0,   6, ANY, ANY, "- / g / g s:2" },
    { "0.0.97.98.20.255", 1, 0,   6, ANY, ANY, "- / g / g s:2" },
    { "0.0.97.98.21.255", 1, 0,   6, ANY, ANY, "- / g / g s:2" },
    /* 1.10 Power-failure, operating time, battery, counters: without the sensors and logs */
    { "0.0.96.7.21.255",  1, 0,   6, ANY, ANY, DEFAULT },
    { "0.0.96.7.0.255",   1, 0,   6, ANY, ANY, DEFAULT },
    { "0.0.96.7.1.255",   1, 0,   6, ANY, ANY, DEFAULT },
    { "0.0.96.7.9.255",   1, 0,   6, ANY, ANY, DEFAULT },
    { "0.0.96.7.5.255",   1, 0,   6, ANY, ANY, DEFAULT },
    { "0.0.96.7.19.255",  3, 0,   6,   0,   7, DEFAULT },
    { "0.0.96.7.15.255",  3, 0,   6,   0,   7, DEFAULT },
    { "0.0.96.7.14.255",  1, 0,   9, ANY, ANY, DEFAULT },
    { "0.0.96.7.10.255",  1, 0,   9, ANY, ANY, DEFAULT },
    { "0.0.96.7.20.255",  3, 0,   6,   0,   7, "- / g / g s:2" },
    { "0.0.96.50.12.255", 3, 0,   6,   0,   7, DEFAULT },
    { "0.0.96.15.0.255",  1, 0,   6, ANY, ANY, DEFAULT },
    { "0.0.96.8.0.255",   3, 0,   6,   0,   7, DEFAULT },
    { "0.0.96.6.0.255",   3, 0,   6,   0,   7, DEFAULT },
    { "0.0.96.6.3.255",   3, 0,  18,  -2,  35, DEFAULT },
    { "0.0.96.6.5.255",   1, 0,   9, ANY, ANY, "- / g / g s:2" },
    { "0.0.96.6.2.255",   1, 0,   9, ANY, ANY, DEFAULT },
    { "0.0.96.6.6.255",   3, 0,   6,   0,   7, DEFAULT },
    { "0.0.96.50.33.255", 3, 0,  18,  -2,  35, "- / g / g s:2" },
    { "0.0.96.9.0.255",   3, 0,  16,  -1,   9, DEFAULT },
    /* 1.12 Communication setup */
    { "0.0.20.0.0.255",  19, 1,  22, ANY, ANY, "- / g(no 7-9) / g(no 7-9) s:2-9" },
    { "0.0.22.0.0.255",  23, 1,  22, ANY, ANY, "- / g / g s:2-9" },
    { "0.1.22.0.0.255",  23, 1,  22, ANY, ANY, "- / g / g s:3-9" },
    { "0.0.44.0.0.255",  18, 0,   6, ANY, ANY, "- / g / g s:5 m:1-4" },
    { "0.0.15.0.2.255",  22, 0,   2, ANY, ANY, "- / g / g s:4" },
    { "0.0.10.0.107.255", 9, 0,   1, ANY, ANY, "- / g / g m:1" },
    /* 1.13 Display configuration */
    { "0.0.21.0.0.255",   7, 1,   1, ANY, ANY, "- / g / g s:3" },
    { "0.0.21.0.1.255",   7, 1,   1, ANY, ANY, "- / g / g s:3" },
    { "0.0.21.0.2.255",   7, 1,   1, ANY, ANY, "- / g / g s:3" },
    { "0.0.21.0.3.255",   7, 1,   1, ANY, ANY, "- / g / g s:3" },
    { "0.0.96.50.1.255",  1, 0,   2, ANY, ANY, "- / g / g s:2" },
    { "0.0.96.50.2.255",  1, 0,   2, ANY, ANY, "- / g / g s:2" },
    { "0.0.96.50.3.255",  1, 0,   3, ANY, ANY, DEFAULT },
};
/* clang-format on */

enum { EXPECTED_COUNT = sizeof expected / sizeof expected[0] };

/* Attributes and methods of the classes: DLMS UA 1000-1. */
static const struct {
    int class_id, attributes, methods;
} classes[] = { { 1, 2, 0 },  { 3, 3, 1 },  { 4, 5, 1 },  { 5, 9, 2 },  { 7, 8, 2 },  { 8, 9, 6 }, { 9, 2, 1 },
                { 15, 9, 4 }, { 17, 2, 1 }, { 18, 7, 4 }, { 19, 9, 0 }, { 22, 4, 0 }, { 23, 9, 0 } };

static const uint16_t saps[CLIENT_COUNT] = { 16, 32, 48 };
static const char *const passwords[CLIENT_COUNT] = { "", "00000001", "00000002" };

static struct board board;
static struct meter meter;
static struct cosem_device device;
static struct cosem_server server;

static int start(void **state)
{
    static const struct identity identity = { .serial_number = "12345678" };
    (void)state;
    board = (struct board){ .rtc_kept = true };
    enum status status = meter_init(&meter, &board, &identity, &metrology_nominal, 8000);
    model_init(&device, &meter);
    cosem_server_init(&server, &device);
    return status == STATUS_OK ? 0 : -1;
}

static void obis_of(const char *text, uint8_t obis[6])
{
    for (int i = 0; i < 6; i++) {
        char *end = NULL;
        obis[i] = (uint8_t)strtoul(text, &end, 10);
        text = end + 1;
    }
}

/* True if "2,4-6" holds 5. */
static bool holds(const char *list, int n)
{
    while (*list >= '0' && *list <= '9') {
        char *end = NULL;
        long first = strtol(list, &end, 10);
        long last = *end == '-' ? strtol(end + 1, &end, 10) : first;
        if (n >= first && n <= last) {
            return true;
        }
        list = *end == ',' ? end + 1 : end;
    }
    return false;
}

/* The part of "P / R / A" that is one client's. */
static void part_of(const char *rights, int client, char part[32])
{
    while (client-- > 0) {
        rights = strstr(rights, " / ") + 3;
    }
    const char *end = strstr(rights, " / ");
    size_t size = end == NULL ? strlen(rights) : (size_t)(end - rights);
    assert_true(size < 32);
    memcpy(part, rights, size);
    part[size] = '\0';
}

static bool is_listed(const struct expected *e, int client)
{
    char part[32];
    part_of(e->rights, client, part);
    return part[0] != '-';
}

static int attribute_mode(const struct expected *e, int client, int n)
{
    char part[32];
    part_of(e->rights, client, part);
    const char *no = strstr(part, "(no ");
    const char *set = strstr(part, "s:");
    bool readable = part[0] == 'g' && !(no != NULL && holds(no + 4, n));
    return (readable ? 1 : 0) + (set != NULL && holds(set + 2, n) ? 2 : 0);
}

static int method_mode(const struct expected *e, int client, int n)
{
    char part[32];
    part_of(e->rights, client, part);
    const char *methods = strstr(part, "m:");
    return methods != NULL && holds(methods + 2, n) ? 1 : 0;
}

static int attributes_of(const struct expected *e)
{
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        if (classes[i].class_id == e->class_id) {
            return classes[i].attributes;
        }
    }
    return 0;
}

static int methods_of(const struct expected *e)
{
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        if (classes[i].class_id == e->class_id) {
            return classes[i].methods;
        }
    }
    return 0;
}

static const struct expected *expected_of(const uint8_t obis[6])
{
    for (size_t i = 0; i < EXPECTED_COUNT; i++) {
        uint8_t name[6];
        obis_of(expected[i].obis, name);
        if (memcmp(name, obis, 6) == 0) {
            return &expected[i];
        }
    }
    return NULL;
}

/* The table ------------------------------------------------------------------------------------------------- */

static void rows_are_sorted_and_unique(void **state)
{
    (void)state;
    for (int i = 1; i < model_objects.count; i++) {
        assert_true(memcmp(model_objects.rows[i - 1].obis, model_objects.rows[i].obis, 6) < 0);
    }
}

static void rights_have_a_letter_for_each_attribute_and_method(void **state)
{
    (void)state;
    for (int i = 0; i < model_objects.count; i++) {
        const struct cosem_object *o = &model_objects.rows[i];
        size_t attributes = o->ic->attributes;
        size_t methods = o->ic->methods;
        for (int client = 0; client < CLIENT_COUNT; client++) {
            const char *access = o->access[client];
            if (access == NULL) {
                continue;
            }
            assert_int_equal(strlen(access), attributes + (methods > 0 ? 1 + methods : 0));
            assert_int_equal(strspn(access, "-rwb"), attributes == 0 ? 0 : strcspn(access, "/"));
            assert_int_equal(access[attributes], methods > 0 ? '/' : '\0');
            assert_int_equal(strspn(access + attributes, "/-x"), strlen(access + attributes));
            assert_int_equal(access[0], 'r'); /* the logical name is no secret */
        }
        assert_non_null(o->title);
    }
}

static void the_table_is_that_of_the_object_model(void **state)
{
    (void)state;
    assert_int_equal(model_objects.count, EXPECTED_COUNT);
    for (int i = 0; i < model_objects.count; i++) {
        const struct cosem_object *o = &model_objects.rows[i];
        const struct expected *e = expected_of(o->obis);
        assert_non_null(e);
        assert_int_equal(o->ic->id, e->class_id);
        assert_int_equal(o->ic->version, e->version);
        assert_int_equal(o->ic->attributes, attributes_of(e));
        assert_int_equal(o->ic->methods, methods_of(e));
    }
}

/* The object_list, as it comes ------------------------------------------------------------------------------ */

static void check_attribute_rights(struct axdr_reader *in, const struct expected *e, int client)
{
    assert_int_equal(axdr_get_array(in), attributes_of(e));
    for (int n = 1; n <= attributes_of(e); n++) {
        assert_int_equal(axdr_get_structure(in), 3);
        assert_int_equal(axdr_get_number(in, AXDR_INTEGER), n);
        assert_int_equal(axdr_get_number(in, AXDR_ENUM), attribute_mode(e, client, n));
        int selectors = e->class_id == 15 ? 4 : 2; /* the object_list, and a buffer, can be read in part */
        bool in_part =
            e->class_id == 15 || (e->class_id == 7 && strncmp(e->obis, "0.0.21.", 7) != 0); /* not a list of now */
        if (!in_part || n != 2) {
            assert_int_equal(axdr_get_u8(in), AXDR_NULL);
            continue;
        }
        assert_int_equal(axdr_get_array(in), selectors);
        for (int selector = 1; selector <= selectors; selector++) {
            assert_int_equal(axdr_get_number(in, AXDR_INTEGER), selector);
        }
    }
}

static void check_method_rights(struct axdr_reader *in, const struct expected *e, int client)
{
    assert_int_equal(axdr_get_array(in), methods_of(e));
    for (int n = 1; n <= methods_of(e); n++) {
        assert_int_equal(axdr_get_structure(in), 2);
        assert_int_equal(axdr_get_number(in, AXDR_INTEGER), n);
        assert_int_equal(axdr_get_number(in, AXDR_ENUM), method_mode(e, client, n));
    }
}

static void check_object_list(const uint8_t *value, int size, int client)
{
    struct axdr_reader in;
    size_t listed = 0;
    for (size_t i = 0; i < EXPECTED_COUNT; i++) {
        listed += is_listed(&expected[i], client);
    }
    axdr_reader_init(&in, value, (size_t)size);
    assert_int_equal(axdr_get_array(&in), listed);
    uint8_t before[6] = { 0 };
    for (size_t i = 0; i < listed; i++) {
        size_t name_size = 0;
        assert_int_equal(axdr_get_structure(&in), 4);
        int64_t class_id = axdr_get_number(&in, AXDR_LONG_UNSIGNED);
        int64_t version = axdr_get_number(&in, AXDR_UNSIGNED);
        const uint8_t *name = axdr_get_octet_string(&in, &name_size);
        assert_int_equal(name_size, 6);
        assert_true(memcmp(before, name, 6) < 0); /* each once */
        memcpy(before, name, 6);
        const struct expected *e = expected_of(name);
        assert_non_null(e);
        assert_true(is_listed(e, client));
        assert_int_equal(class_id, e->class_id);
        assert_int_equal(version, e->version);
        assert_int_equal(axdr_get_structure(&in), 2);
        check_attribute_rights(&in, e, client);
        check_method_rights(&in, e, client);
    }
    assert_false(axdr_failed(&in));
    assert_int_equal(axdr_left(&in), 0);
}

static const uint8_t current_association[6] = { 0, 0, 40, 0, 0, 255 };

static void each_client_gets_its_own_object_list(void **state)
{
    (void)state;
    static const uint16_t pdus[] = { 0, 1024, 200, 64 }; /* in blocks, of whatever size */
    static uint8_t value[LONG64_OCTETS];
    for (int client = 0; client < CLIENT_COUNT; client++) {
        for (size_t p = 0; p < sizeof pdus / sizeof pdus[0]; p++) {
            client_open(&server, saps[client], passwords[client], pdus[p]);
            int size = client_get(&server, 15, current_association, 2, value, sizeof value);
            check_object_list(value, size, client);
        }
    }
}

static void the_administrator_can_see_the_lists_of_the_others(void **state)
{
    (void)state;
    static uint8_t value[LONG64_OCTETS];
    client_open(&server, 48, "00000002", 1024);
    for (int client = 0; client < CLIENT_COUNT; client++) {
        const uint8_t name[6] = { 0, 0, 40, 0, (uint8_t)(client + 1), 255 };
        check_object_list(value, client_get(&server, 15, name, 2, value, sizeof value), client);
    }
}

/* A class with selective access shows its selectors. */
static void selectors_are_in_the_object_list(void **state)
{
    (void)state;
    static const struct cosem_class profile = {
        .id = 7, .version = 1, .attributes = 2, .selective = 1u << 2, .selectors = 2
    };
    const struct cosem_object rows[] = {
        { &class_association_ln, { 0, 0, 40, 0, 0, 255 }, ASSOCIATION_CURRENT, { "rrrrrr-rr/----" }, "" },
        { &profile, { 1, 0, 99, 1, 0, 255 }, 0, { "rr" }, "" },
    };
    const struct cosem_object_table table = { rows, 2 };
    device.objects = &table;
    uint8_t value[512];
    uint8_t element[64];
    client_open(&server, 16, "", 1024);
    int size = client_get(&server, 15, current_association, 2, value, sizeof value);
    size_t length = octets_of("02 04 12 00 07 11 01 09 06 01 00 63 01 00 FF 02 02 01 02 02 03 0F 01 16 01 00"
                              "02 03 0F 02 16 01 01 02 0F 01 0F 02 01 00",
                              element, sizeof element);
    assert_true(size > (int)length);
    assert_memory_equal(value + size - length, element, length);
}

/* Every attribute ------------------------------------------------------------------------------------------- */

static void check_value(const struct expected *e, int attribute, const uint8_t *value, int size)
{
    struct axdr_reader in;
    axdr_reader_init(&in, value, (size_t)size);
    axdr_skip(&in);
    assert_false(axdr_failed(&in));
    assert_int_equal(axdr_left(&in), 0); /* exactly one well-formed value */
    if (attribute == 1) {
        uint8_t name[8] = { 9, 6 };
        obis_of(e->obis, name + 2);
        assert_memory_equal(value, name, sizeof name);
    } else if (attribute == 2) {
        assert_int_equal(value[0], e->tag);
    } else if (e->class_id == 3) {
        const uint8_t scaler_unit[6] = { 2, 2, 0x0f, (uint8_t)e->scaler, 0x16, (uint8_t)e->unit };
        assert_int_equal(size, sizeof scaler_unit);
        assert_memory_equal(value, scaler_unit, sizeof scaler_unit);
    }
}

static void check_attributes(const struct expected *e, int client)
{
    static uint8_t value[LONG64_OCTETS];
    uint8_t name[6];
    obis_of(e->obis, name);
    for (int n = 1; n <= attributes_of(e); n++) {
        int size = client_get(&server, (uint16_t)e->class_id, name, (uint8_t)n, value, sizeof value);
        if (!is_listed(e, client)) {
            assert_int_equal(size, -4); /* object-undefined */
        } else if ((attribute_mode(e, client, n) & 1) == 0) {
            assert_int_equal(size, -3); /* read-write-denied */
        } else {
            assert_true(size > 0);
            check_value(e, n, value, size);
        }
    }
}

static void every_attribute_can_be_read_by_whom_it_may(void **state)
{
    (void)state;
    for (int client = 0; client < CLIENT_COUNT; client++) {
        client_open(&server, saps[client], passwords[client], 1024);
        for (size_t i = 0; i < EXPECTED_COUNT; i++) {
            check_attributes(&expected[i], client);
        }
    }
}

/* A password that cannot be read: the defaults are 00000001, 00000002 and twice none. */
static int hidden_value(const struct expected *e, int attribute, uint8_t *value)
{
    bool of_administrator = strcmp(e->obis, "0.0.40.0.0.255") == 0 || strcmp(e->obis, "0.0.40.0.3.255") == 0;
    const char *text = attribute != 7     ? "09 00"
                       : of_administrator ? "09 08 30 30 30 30 30 30 30 32"
                                          : "09 08 30 30 30 30 30 30 30 31";
    return (int)octets_of(text, value, 16);
}

static const uint8_t not_negotiated[] = { 0xd8, 1, 2 };

/* What the server makes of a request: a result, or NOT_NEGOTIATED. */
enum { NOT_NEGOTIATED = -1 };
static int outcome(const uint8_t *request, size_t size)
{
    const uint8_t *response = NULL;
    size_t answered = cosem_server_request(&server, request, size, 0, &response);
    if (answered == sizeof not_negotiated && memcmp(response, not_negotiated, sizeof not_negotiated) == 0) {
        return NOT_NEGOTIATED;
    }
    assert_true(answered >= 4);
    assert_int_equal(response[0], request[0] + 4); /* SET C1 -> C5, ACTION C3 -> C7 */
    assert_int_equal(response[1], 1);
    return response[3];
}

/* A SET of this attribute with the value that it has; an octet-string where nobody can read it or it is a list that
 * does not fit. */
static int set_to_the_same(const struct expected *e, int client, int n)
{
    uint8_t request[COSEM_PDU_MAX] = { 0xc1, 1, 0xc1, 0, (uint8_t)e->class_id };
    uint8_t *value = request + 13;
    obis_of(e->obis, request + 5);
    request[11] = (uint8_t)n;
    bool readable =
        (attribute_mode(e, client, n) & 1) != 0 && !(e->class_id == 15 && n == 2) && !(e->class_id == 7 && n == 2);
    int size = readable
                   ? client_get(&server, (uint16_t)e->class_id, request + 5, (uint8_t)n, value, sizeof request - 13)
                   : hidden_value(e, n, value);
    assert_true(size > 0);
    return outcome(request, 13 + (size_t)size);
}

/* Every attribute of an object; counts what was done, denied, and not negotiated. */
static void check_sets(const struct expected *e, int client, unsigned counts[3])
{
    for (int n = 1; n <= attributes_of(e); n++) {
        bool settable = (attribute_mode(e, client, n) & 2) != 0;
        int wanted = settable ? 0 : 3;
        if (client != CLIENT_ADMINISTRATOR) {
            wanted = NOT_NEGOTIATED;
        }
        assert_int_equal(set_to_the_same(e, client, n), wanted);
        counts[wanted == 0 ? 0 : wanted == 3 ? 1 : 2]++;
    }
}

/* Allowed to whom it may, and no change to anybody. */
static void every_attribute_can_be_set_by_whom_it_may(void **state)
{
    (void)state;
    for (int client = 0; client < CLIENT_COUNT; client++) {
        unsigned counts[3] = { 0 };
        client_open(&server, saps[client], passwords[client], 1024);
        for (size_t i = 0; i < EXPECTED_COUNT; i++) {
            check_sets(&expected[i], client, counts);
        }
        printf("SET by client %u: %u done, %u denied, %u without the service\n", saps[client], counts[0], counts[1],
               counts[2]);
    }
    assert_int_equal(meter.configuration_changes, 0);
}

/* Objects that are in no list: a profile of another meter, a tariff, a disconnector, ciphering. */
static void what_is_not_listed_is_undefined_to_every_service(void **state)
{
    static const struct {
        int class_id;
        const char *obis;
    } unlisted[] = { { 3, "1.0.1.8.1.255" },    { 7, "1.0.99.3.0.255" },  { 70, "0.0.96.3.10.255" },
                     { 64, "0.0.43.0.0.255" },  { 15, "0.0.40.0.4.255" }, { 20, "0.0.13.0.0.255" },
                     { 1, "0.0.96.1.255.255" }, { 1, "0.0.0.0.0.0" },     { 1, "255.255.255.255.255.255" } };
    (void)state;
    for (int client = 0; client < CLIENT_COUNT; client++) {
        client_open(&server, saps[client], passwords[client], 1024);
        for (size_t i = 0; i < sizeof unlisted / sizeof unlisted[0]; i++) {
            uint8_t value[64];
            uint8_t request[15] = { 0xc1, 1, 0xc1, 0, (uint8_t)unlisted[i].class_id };
            obis_of(unlisted[i].obis, request + 5);
            assert_int_equal(client_get(&server, (uint16_t)unlisted[i].class_id, request + 5, 2, value, sizeof value),
                             -4);
            request[11] = 2;
            request[13] = 0x0f;
            assert_int_equal(outcome(request, 15), client == CLIENT_ADMINISTRATOR ? 4 : NOT_NEGOTIATED);
            request[0] = 0xc3;
            request[11] = 1;
            request[12] = 1;
            assert_int_equal(outcome(request, 15), client == CLIENT_PUBLIC ? NOT_NEGOTIATED : 4);
        }
    }
    assert_int_equal(meter.configuration_changes, 0);
}

/* Every method with integer 0 by those who may not call it. */
static void no_method_can_be_called_by_whom_it_may_not(void **state)
{
    (void)state;
    for (int client = 0; client < CLIENT_COUNT; client++) {
        unsigned refused = 0;
        client_open(&server, saps[client], passwords[client], 1024);
        for (size_t i = 0; i < EXPECTED_COUNT; i++) {
            const struct expected *e = &expected[i];
            for (int n = 1; n <= methods_of(e); n++) {
                uint8_t request[15] = { 0xc3, 1, 0xc1, 0, (uint8_t)e->class_id };
                obis_of(e->obis, request + 5);
                request[11] = (uint8_t)n;
                request[12] = 1;
                request[13] = 0x0f;
                if (method_mode(e, client, n) == 1) {
                    continue;
                }
                int wanted = client == CLIENT_PUBLIC ? NOT_NEGOTIATED : is_listed(e, client) ? 3 : 4;
                assert_int_equal(outcome(request, sizeof request), wanted);
                refused++;
            }
        }
        printf("ACTION by client %u: %u refused\n", saps[client], refused);
    }
}

/* What a method that may be called is called with. */
static const char *parameter_of(const struct expected *e, int client, int n)
{
    if (e->class_id == 9) { /* the reader may run script 2 only */
        return client == CLIENT_READER ? "12 00 02" : "12 00 01";
    }
    if (e->class_id == 8 && n == 5) { /* preset_adjusting_time: the time, from when and until when it holds */
        return "02 03 09 0C 07 EB 01 01 FF 00 00 00 00 80 00 00 09 0C 07 EA 01 01 FF 00 00 00 00 80 00 00"
               "09 0C 07 EC 01 01 FF 00 00 00 00 80 00 00";
    }
    return e->class_id == 8 && n == 6 ? "10 00 05" : "0F 00";
}

static void a_minute_passes(void) /* after which a billing may be asked for again */
{
    for (int s = 0; s <= 60; s++) {
        board.rtc_s++;
        meter_step(&meter);
    }
}

static bool call(const struct expected *e, int client, int n)
{
    uint8_t request[64] = { 0xc3, 1, 0xc1, 0, (uint8_t)e->class_id };
    bool image =
        e->class_id == 18 || strcmp(e->obis, "0.0.10.0.107.255") == 0; /* test_firmware.c: one after the other */
    if (method_mode(e, client, n) == 0 || image) {
        return false;
    }
    obis_of(e->obis, request + 5);
    request[11] = (uint8_t)n;
    request[12] = 1;
    size_t size = octets_of(parameter_of(e, client, n), request + 13, sizeof request - 13);
    int result = outcome(request, 13 + size);
    if (result != 0) {
        print_error("%s method %d: %d\n", e->obis, n, result);
    }
    assert_int_equal(result, 0);
    a_minute_passes();
    return true;
}

/* All of them, really. A preset (5) is adopted (4) after it was given. */
static void every_method_can_be_called_by_whom_it_may(void **state)
{
    static const int order[] = { 1, 2, 3, 5, 4, 6 };
    static const unsigned wanted[CLIENT_COUNT] = { 0, 1, 30 };
    (void)state;
    board.rtc_s = 851990400;                                                             /* 2026-12-31T00:00:00Z */
    board.has_sensor[BOARD_METER_COVER] = board.sensor_active[BOARD_METER_COVER] = true; /* for the global reset */
    meter_step(&meter);
    for (int client = CLIENT_READER; client < CLIENT_COUNT; client++) {
        unsigned done = 0;
        client_open(&server, saps[client], passwords[client], 1024);
        for (size_t i = 0; i < EXPECTED_COUNT; i++) {
            for (size_t n = 0; n < sizeof order / sizeof order[0]; n++) {
                done += order[n] <= methods_of(&expected[i]) && call(&expected[i], client, order[n]);
            }
        }
        printf("ACTION by client %u: %u done\n", saps[client], done);
        assert_int_equal(done, wanted[client]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(rows_are_sorted_and_unique, start),
        cmocka_unit_test_setup(rights_have_a_letter_for_each_attribute_and_method, start),
        cmocka_unit_test_setup(the_table_is_that_of_the_object_model, start),
        cmocka_unit_test_setup(each_client_gets_its_own_object_list, start),
        cmocka_unit_test_setup(the_administrator_can_see_the_lists_of_the_others, start),
        cmocka_unit_test_setup(selectors_are_in_the_object_list, start),
        cmocka_unit_test_setup(every_attribute_can_be_read_by_whom_it_may, start),
        cmocka_unit_test_setup(every_attribute_can_be_set_by_whom_it_may, start),
        cmocka_unit_test_setup(what_is_not_listed_is_undefined_to_every_service, start),
        cmocka_unit_test_setup(no_method_can_be_called_by_whom_it_may_not, start),
        cmocka_unit_test_setup(every_method_can_be_called_by_whom_it_may, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
