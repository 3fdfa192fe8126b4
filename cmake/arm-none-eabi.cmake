# Cross build of src/ for a Cortex-M: no operating system, no C library beyond the memory functions.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc) # with picolibc, for the header of the memory functions
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES BLATHY_CORE)
set(CMAKE_C_FLAGS_INIT "-mcpu=${BLATHY_CORE} -mthumb --specs=picolibc.specs -ffreestanding -ffunction-sections -fdata-sections")
