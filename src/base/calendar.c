/* to be written */
typedef int base_calendar_empty;
