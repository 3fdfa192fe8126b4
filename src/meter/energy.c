/* to be written */
typedef int meter_energy_empty;
