/* to be written */
typedef int model_objects_empty;
