#!/usr/bin/env python3
"""Prints src/meter/sine_table.c: one cycle of a sine, Q22.

The table is read with linear interpolation, whose chords lie inside the curve and would make the fundamental
smaller by h^2/12; the entries are larger by that, so the interpolated wave has the amplitude 1 exactly.
"""
import math

ENTRIES = 1024
LENGTH = ENTRIES + 1
AMPLITUDE = 2**22 * (1 + (2 * math.pi / ENTRIES) ** 2 / 12)

print("/* Made by tools/sine_table.py. */")
print('#include "meter/sine.h"\n')
print("const int32_t sine_table[SINE_ENTRIES + 1] = {")
values = [round(AMPLITUDE * math.sin(2 * math.pi * k / ENTRIES)) for k in range(LENGTH)]
for k in range(0, LENGTH, 12):
    print("    " + ", ".join(str(v) for v in values[k : k + 12]) + ",")
print("};")
