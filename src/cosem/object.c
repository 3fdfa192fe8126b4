/* to be written */
typedef int cosem_object_empty;
