/* to be written */
typedef int meter_clock_empty;
