/* to be written */
typedef int cosem_server_empty;
