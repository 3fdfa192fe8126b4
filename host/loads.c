typedef int loads_empty;
