#!/usr/bin/env bash
# The document of the objects is what the program prints: check_objects.sh PROGRAM DOCUMENT
set -eu
"$1" objects --markdown | diff -u "$2" - && exit
echo "$2 is stale. Write it again: build/release/blathy objects --markdown > docs/OBJECTS.md" >&2
exit 1
