#!/bin/sh
# Fails when a C file is not in the form that .clang-format describes; mend with: clang-format-14 -i FILE
git ls-files '*.c' '*.h' | xargs clang-format-14 --dry-run --Werror
