/* The line to a meter: a TCP connection, a local socket or a serial line. Octets and time, nothing else.
 *
 * As with the board under the meter, a missing function is a link error: the fuzz target has a line of its own.
 */
#ifndef HOST_CLIENT_CHANNEL_H
#define HOST_CLIENT_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/line.h"
#include "host/client/trouble.h"
#include "host/endpoint.h"

struct channel;

/* tcp, unix or serial. NULL, with the reason in *t, when nobody is there within the time. */
struct channel *channel_open(const struct endpoint *endpoint, uint32_t timeout_ms, struct trouble *t);
void channel_close(struct channel *c);

/* Speed and format, once everything has left; without effect on anything but a serial line. */
void channel_set(struct channel *c, const struct line_settings *settings);

/* Sends all of it, or tells why not. */
bool channel_send(struct channel *c, const uint8_t *octets, size_t size, struct trouble *t);

enum channel_outcome { CHANNEL_OCTETS, CHANNEL_SILENCE, CHANNEL_CLOSED };

/* What has come, *size (1..max) octets of it; CHANNEL_SILENCE when nothing came within the time. */
enum channel_outcome channel_receive(struct channel *c, uint8_t *octets, size_t max, size_t *size, uint32_t timeout_ms);

/* Time that only goes forward. */
uint64_t channel_now_ms(struct channel *c);
void channel_pause(struct channel *c, uint32_t time_ms);

#endif
