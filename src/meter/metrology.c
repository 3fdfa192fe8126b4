/* to be written */
typedef int meter_metrology_empty;
