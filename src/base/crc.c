/* to be written */
typedef int base_crc_empty;
