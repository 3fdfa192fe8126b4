/* Everything the meter needs from the machine it runs on.
 *
 * Each function is implemented by the board that is linked; one that is missing is
 * a link error. `struct board` belongs to the board, which keeps one for each meter,
 * so that a process can hold many.
 *
 * Two times exist. The protocol time (board_time_ms) is real and monotonic: timeouts
 * of links run on it. The metering time is that of the clock chip (board_rtc) and of the
 * samples; on a virtual meter it may run faster than real time.
 *
 * Context  main loop only; interrupt handlers of a board only fill queues.
 */
#ifndef BOARD_BOARD_H
#define BOARD_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/lcd.h"
#include "base/line.h"
#include "base/status.h"

struct board;

/* Serial ports, in the order of the data sheet. */
enum board_port { BOARD_OPTICAL, BOARD_BLUETOOTH, BOARD_PORT_COUNT };

enum board_led { BOARD_LED_ACTIVE, BOARD_LED_REACTIVE, BOARD_LED_COUNT };

/* Contacts and sensors: active is a cover that is open, a strong magnetic field. */
enum board_sensor { BOARD_METER_COVER, BOARD_TERMINAL_COVER, BOARD_MAGNET, BOARD_SENSOR_COUNT };

/* One instant of the converter: codes left-justified to 24 bits, -2^23 .. 2^23-1
 * (metrology.md 2.3). Full scale is +-450 V and +-187.5 A. */
struct board_sample {
    int32_t voltage;
    int32_t current; /* line */
    int32_t neutral; /* neutral conductor; 0 where there is no such channel */
};

/* Monotonic milliseconds of real time; wraps after 49 days, so compare differences. */
uint32_t board_time_ms(struct board *board);

/* The clock chip: seconds since 2000-01-01T00:00:00 UTC and hundredths (0..99).
 * False when the chip lost its power since it was last set: the time is not valid. */
bool board_rtc_get(struct board *board, int64_t *utc_s, uint8_t *hundredths);
void board_rtc_set(struct board *board, int64_t utc_s, uint8_t hundredths);

/* Makes the clock chip run faster by so many parts in 10^9 than its crystal does (negative: slower), from now on and
 * while it runs on its battery. -200000..200000: the digital calibration of common chips. */
void board_rtc_trim(struct board *board, int32_t ppb);

/* Temperature of the board in tenths of a degree Celsius, and the voltage of the clock's battery in hundredths of a
 * volt. False: the machine has no such sensor. */
bool board_temperature(struct board *board, int16_t *tenths_c);
bool board_battery(struct board *board, uint16_t *hundredths_v);

/* Asks for a restart as after an outage: soon after this call the supply fails, in the eyes of the meter, and comes
 * back at once. */
void board_restart(struct board *board);

/* What a sensor says now, without any debounce. False: the machine has no such sensor. */
bool board_sensor(struct board *board, enum board_sensor sensor, bool *active);

/* True if the samples have the current of the neutral conductor. */
bool board_neutral(struct board *board);

/* True while the contact is closed that a service technician reaches only under the meter cover. At a power-up with
 * that cover open it gives the passwords of the factory back (docs/SECURITY.md). */
bool board_reset_contact(struct board *board);

/* True if the watchdog has restarted the machine, not the supply or the program. */
bool board_watchdog_reset(struct board *board);

/* The program memory, its size, and the CRC-32 that it had when it was written. NULL: it cannot be read. */
const uint8_t *board_program(struct board *board, size_t *size, uint32_t *crc);

/* Early warning: the supply has failed (below 80 V for 20 ms, object-model.md decision 15), and what is stored must
 * last. From here on the board gives at least SUPPLY_HOLD_MS, config.h. */
bool board_supply_failing(struct board *board);

/* Takes up to `max` samples that the converter has queued, oldest first, and returns how many.
 * `missed` is set to the number of samples that were lost before the first one taken. */
size_t board_samples(struct board *board, struct board_sample *samples, size_t max, uint32_t *missed);

/* One pulse (1 Wh or 1 varh) on a test output: it starts `delay_us` of metering time from now. What has not started
 * when board_supply_failing says so never does: the meter asks for it again after the failure. */
void board_pulse(struct board *board, enum board_led led, uint32_t delay_us);

/* True while the button is pressed; contacts may bounce. */
bool board_button(struct board *board);

/* What the LCD shows from now on, until it is told something else. */
void board_lcd(struct board *board, const struct lcd *lcd);

/* Octets that have arrived; never waits. */
size_t board_serial_read(struct board *board, enum board_port port, uint8_t *data, size_t max);

/* Queues octets to send and returns how many were taken (0..size); never waits. */
size_t board_serial_write(struct board *board, enum board_port port, const uint8_t *data, size_t size);

/* True when everything that was queued has left the wire, so that the line may be set anew. */
bool board_serial_idle(struct board *board, enum board_port port);

void board_serial_configure(struct board *board, enum board_port port, const struct line_settings *line);

/* True once after a break (the line low for longer than an octet); what arrived before it is not given any more. */
bool board_serial_break(struct board *board, enum board_port port);

/* Counts the connections this port has seen: on an endpoint that knows connections (TCP, Bluetooth)
 * a changed number means that the link of the earlier one is gone. A plain wire answers 0 for ever.
 * The two answers below may change with it. */
uint32_t board_serial_session(struct board *board, enum board_port port);

/* True where the other side must follow the settings of the line, so that the sign-on keeps its delays; false on a
 * stream, which is answered at once. */
bool board_serial_paced(struct board *board, enum board_port port);

/* How long octets of one frame may be apart for no fault of the sender: 0 on a wire, 200 ms on a network, which may
 * split a frame anywhere. */
uint32_t board_serial_gap_ms(struct board *board, enum board_port port);

/* Flash: NOR, in blocks that are erased as a whole (to ones) and pages within which octets are programmed (a
 * program only clears bits). Addresses count octets from the beginning of the part. The sizes are those of every serial
 * NOR part of the last twenty years; the number of blocks is the part's own. */
#define BOARD_FLASH_PAGE  256u
#define BOARD_FLASH_BLOCK 4096u

/* Whole blocks of the part that belong to one user. */
struct board_region {
    uint16_t first; /* block */
    uint16_t blocks;
};

/* Each waits until the part has done it (datasheets: page 0.4 .. 3 ms, erase 45 .. 400 ms). STATUS_RANGE, and nothing
 * is done, beyond the part or a program that crosses a page; STATUS_FAILED when the part says that it failed: the
 * octets concerned may then be anything. A cut of the power leaves the running operation half done. */
enum status board_flash_read(struct board *board, uint32_t address, uint8_t *octets, size_t size);
enum status board_flash_program(struct board *board, uint32_t address, const uint8_t *octets, size_t size);
enum status board_flash_erase(struct board *board, uint32_t block);

#endif
