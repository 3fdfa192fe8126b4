/* to be written */
typedef int app_port_empty;
