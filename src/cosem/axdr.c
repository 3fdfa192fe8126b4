/* to be written */
typedef int cosem_axdr_empty;
