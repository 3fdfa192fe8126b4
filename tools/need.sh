# Sourced by ./run and ./test: installs the Debian packages that are missing, and says so.
# Usage: need PACKAGE...

fail() {
    echo "$*" >&2
    exit 1
}

need() {
    command -v dpkg-query >/dev/null || fail "This script installs packages on Debian 12; elsewhere install by hand: $*"
    local missing=() package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    [ "$(id -u)" = 0 ] || fail "Packages are missing; as root, run: apt-get install ${missing[*]}"
    echo "Installing ${missing[*]}" >&2
    local log
    log=$(mktemp)
    if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=400 install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        fail "The packages could not be installed (the last lines above say why; the whole log is $log)."
    fi
    rm -f "$log"
}

# What the program itself is built with.
NEED_BUILD="cmake ninja-build gcc libc6-dev pkg-config libev-dev libjansson-dev libbearssl-dev"

# Configures a preset once and builds it; quiet unless it fails. Usage: build PRESET DIRECTORY [OPTION OF cmake --build...]
build() {
    local preset=$1 directory=$2 log
    shift 2
    log=$(mktemp)
    if { [ -f "$directory/build.ninja" ] || cmake --preset "$preset"; } >"$log" 2>&1 && cmake --build "$directory" "$@" >>"$log" 2>&1; then
        rm -f "$log"
    else
        cat "$log" >&2
        fail "The build of $preset failed; the messages above say where (also in $log)."
    fi
}
