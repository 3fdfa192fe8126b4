/* to be written */
typedef int app_app_empty;
