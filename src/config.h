/* Every size and limit of the meter, with its reason. */
#ifndef CONFIG_H
#define CONFIG_H

/* COSEM ------------------------------------------------------------------- */

/* The largest APDU, either way: object-model.md decision 8. A whole one fits one HDLC frame of 1,030. */
#define COSEM_PDU_MAX 1024u

/* The largest element of a value that is produced in pieces. The longest is the object_list element of an
 * interface class with 9 attributes and 6 methods, with selectors. */
#define COSEM_ELEMENT_MAX 256u

/* Room in front of a value for the longest response header. */
#define COSEM_HEADER_MAX 16u

/* LLS secrets: object-model.md 1.1. */
#define SECRET_MAX 16u

/* So many wrong passwords within that time lock an association for as long again: object-model.md 1.1. */
#define LOCKOUT_WRONG_MAX 5u
#define LOCKOUT_MS        (15u * 60u * 1000u)

/* What must outlive its request: a SET or ACTION that comes in blocks (the longest are the capture objects of a
 * display list, 80 entries of 19 octets), the list and the selectors of a GET that is answered in blocks. */
#define COSEM_KEPT_MAX 1536u

/* Words that a handler may keep from block to block: a profile keeps its generation, row range, columns and row. */
#define COSEM_NOTES 6u

/* Columns of a profile: one bit each in a word. The longest default list, the billing's, has 22: object-model.md 2. */
#define SELECTOR_COLUMNS_MAX 32u

/* HDLC -------------------------------------------------------------------- */

/* Information field and window that the meter can offer (class 23 attributes 3 to 6 set what it does offer). */
#define HDLC_INFORMATION_MAX 1030u
#define HDLC_INFORMATION_MIN 32u
#define HDLC_WINDOW_MAX      7u

/* Optical port ------------------------------------------------------------ */

/* A device address in a request, and the passwords of class 19: object-model.md 6; IEC 62056-21 clause 6.3.1. */
#define PORT_ADDRESS_MAX  32u
#define PORT_PASSWORD_MAX 16u

/* A line of the read-out: IEC 62056-21 clause 6.6 allows 78 characters. */
#define READOUT_LINE_MAX 78u

/* Metering ---------------------------------------------------------------- */

/* Samples taken from the board at a time: 768 octets of stack. */
#define METER_BLOCK_SAMPLES 64u

/* The data sheet's ratings. */
#define RATED_PULSES_PER_UNIT   1000 /* per kWh and kvarh */
#define RATED_VOLTAGE_V         230
#define RATED_BASIC_CURRENT_A   5
#define RATED_MAXIMUM_CURRENT_A 100
#define RATED_FREQUENCY_HZ      50

/* Sub-periods in the window of a demand: object-model.md decision 2. */
#define DEMAND_PERIODS_MAX 60u

/* Defaults of the demand: metering periods of a quarter of an hour, block demand. */
#define DEMAND_PERIOD_S 900u
#define DEMAND_PERIODS  1u

/* A larger change of the clock is a jump: object-model.md decision 11. */
#define CLOCK_JUMP_LIMIT_S 10

/* Nor is a period of demand lengthened by more, whatever that limit is set to: a maximum would be too high. */
#define DEMAND_LENGTHENED_MAX_S 10

/* End of billing: the day exists in every month; at the beginning of the first (decision 14). After a reset by a client
 * or the button the same one is refused another for so long: object-model.md 1.7. */
#define BILLING_DAY_MAX   28u
#define BILLING_DAY       1u
#define BILLING_HOUR      0u
#define BILLING_LOCKOUT_S 60u

/* Reference voltage for power quality: the public low voltages of the world are 100 V to 277 V. */
#define REFERENCE_VOLTAGE_MIN_V 100
#define REFERENCE_VOLTAGE_MAX_V 277

/* Storage ----------------------------------------------------------------- */

/* Payload of a row of a ring: architecture 9 allows packed profile rows of 128 octets; a billing row has a fixed part
 * before its columns. It is also what a row costs on the stack. */
#define FLASHLOG_ROW_MAX 256u

/* What a ring keeps of its columns: the head of a profile and the 32 columns of a billing, 7 + 32 * 13 octets. */
#define FLASHLOG_DESCRIPTOR_MAX 512u

/* Different settings, 6 octets of RAM each, and blocks of their journal, 6 octets of RAM each. */
#define SETTINGS_KEYS_MAX   128u
#define SETTINGS_BLOCKS_MAX 16u

/* A checkpoint: 24 octets of state and eight energy registers of 10. With the 8 of the ring 36 of them fill a block to
 * the last octet. */
#define CHECKPOINT_SIZE 104u

/* Blocks of the ring of checkpoints. One is due before more than 10 Wh would be lost (object-model.md decision 10),
 * what is measured but not yet booked included: at 23 kW every 1.2 s with windows of 200 ms, and every second at the
 * most. 36 rows in a block make 17.5 million erases in 20 years, 45,656 for each of 384 blocks: 46 % of the rated
 * 100,000. */
#define CHECKPOINT_BLOCKS 384u
#define CHECKPOINT_NJ     INT64_C(36000000000000) /* 10 Wh */

/* Energy of such a window: what a small load has not saved when a full one begins. */
#define CHECKPOINT_WINDOW_NJ INT64_C(4600000000000)

/* A failure of the supply as long as this is a long one; below this voltage the clock's battery is low: object-model.md
 * 1.9, 1.10. */
#define SUPPLY_LONG_FAILURE_S 180u
#define BATTERY_LOW_CV        300u

/* What the supply gives after its early warning: object-model.md 8.5. */
#define SUPPLY_HOLD_MS 20u

/* The part: 4 MiB in blocks of 4 KiB. Its regions follow each other in this order (meter/memory.h). */
#define MEMORY_BLOCKS 1024u

/* Settings: the records that count fill 2 KB; the rest keeps the wear of those that change with every maximum low. */
#define SETTINGS_BLOCKS 16u

/* Starts of demand periods, for the windows: 60 periods of four demands are kept. With periods of a minute 42 million
 * rows in 20 years, 130 in a block: 27,000 erases for each of 12 blocks. */
#define DEMAND_BLOCKS 12u

/* Profiles and logs: visible rows, and blocks for them (FLASHLOG_BLOCKS). Load profile 1 has room for its rows with 16
 * columns of 4 octets; wider rows are fewer. */
#define PROFILE_COLUMNS_MAX    16u
#define BILLING_COLUMNS_MAX    32u
#define LOG_COLUMNS_MAX        8u   /* nobody can set them, and the longest list has six */
#define CAPTURE_OCTETS_MAX     16u  /* of an octet-string: the serial number, a date-time */
#define PROFILE_PACKED_MAX     128u /* octets of the columns of a row: architecture 9 */
#define LOAD_PROFILE_PERIOD_S  900u
#define LOAD_PROFILE_ROWS      8928u
#define LOAD_PROFILE_BLOCKS    180u
#define DAILY_PROFILE_ROWS     93u
#define DAILY_PROFILE_BLOCKS   8u
#define BILLING_ROWS           13u
#define BILLING_BLOCKS         5u
#define STANDARD_LOG_ROWS      200u
#define FRAUD_LOG_ROWS         100u
#define POWER_QUALITY_LOG_ROWS 200u
#define COMMUNICATION_LOG_ROWS 100u
#define ALARM_LOG_ROWS         100u
#define POWER_FAILURE_LOG_ROWS 100u
#define LOG_BLOCKS             10u /* each: 200 rows with 16 columns of 4 octets */

/* Image transfer: two slots for a firmware of 512 KiB, and their states. */
#define IMAGE_SLOT_BLOCKS  128u
#define IMAGE_STATE_BLOCKS 8u

/* Display ----------------------------------------------------------------- */

/* Entries of a list: twice appendix 8 of the data sheet would not be read by anybody. */
#define DISPLAY_LIST_MAX 80u

/* Press of the button: what is shorter is a bounce; a long one; the one that bills. object-model.md 5. */
#define DISPLAY_SHORT_MS 50u
#define DISPLAY_LONG_MS  2000u
#define DISPLAY_BILL_MS  5000u

/* An item of the list while the button is held, and how old a value may be that is shown. */
#define DISPLAY_FAST_MS    500u
#define DISPLAY_REFRESH_MS 500u

/* The answer to the button, and the backlight for a reader at the optical port. */
#define DISPLAY_RESULT_S        5u
#define DISPLAY_OPTICAL_LIGHT_S 20u

/* On the battery: at most so long, and so often in an hour. Done all the time in two years without power, that is 58
 * mAh at 20 uA, of the 1.2 Ah of a common cell. */
#define DISPLAY_POWEROFF_MAX_S 60u
#define DISPLAY_WAKES_PER_HOUR 10u

/* Characters of a value: the longest that is shown anywhere is the metering point. */
#define DISPLAY_TEXT_MAX IDENTITY_METERING_POINT_MAX

/* Image transfer ---------------------------------------------------------- */

/* Octets of a block that a client sends: the default of object-model.md 1.12. Two fill a page of the flash. */
#define IMAGE_BLOCK_SIZE 128u

/* Starts that a new image gets to confirm itself before the old one comes back: target.md 0. */
#define IMAGE_TRIALS_MAX 3u

/* Octets that one step of a verification hashes: 4 page reads, and some ms on a core of 48 MHz. */
#define IMAGE_HASH_SLICE 1024u

/* Metering with a new image before it is confirmed: several windows, billing seconds and a minute of the clock. */
#define FIRMWARE_TRIAL_S 60u

/* What the table of a virtual meter may hold: the digits of the display, and pages for its automatic scroll. */
#define IMAGE_WELCOME_MAX 8u
#define IMAGE_PAGES_MAX   16u

/* Identification ---------------------------------------------------------- */

#define IDENTITY_FLAG             "BLY" /* manufacturer's letters, decision 14 */
#define IDENTITY_METER_TYPE       "BLATHY1"
#define IDENTITY_DEVICE_TYPE      "1" /* in the logical device name: between the letters and the serial number */
#define IDENTITY_HARDWARE_VERSION "HW-1.0"
#define IDENTITY_PARAMETER_RECORD "PAR-1" /* counts up when a default in this file or the model changes */
#define IDENTITY_MANUFACTURE_YEAR 2026    /* of a meter whose factory did not say */

#define IDENTITY_TEXT_MAX           16u /* serial number, logical device name: object-model.md 1.1, 1.3 */
#define IDENTITY_UTILITY_MAX        32u /* utility id, object-model.md 1.3 */
#define IDENTITY_METERING_POINT_MAX 64u /* metering point id, object-model.md 1.3 */

#endif
