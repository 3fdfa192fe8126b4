/* to be written */
typedef int meter_meter_empty;
