# shellcheck shell=bash
# SPDX-License-Identifier: LicenseRef-ServerPulse
#
# What every verb of ./dev uses: messages, and configuring and building a CMake preset.
# Sourced by ./dev with the repository's top as the current folder.

say() { printf '%s\n' "dev: $*"; }
warn() { printf '%s\n' "dev: $*" >&2; }
die() {
  warn "$*"
  exit 1
}

# configure PRESET [-DOPTION=VALUE…]: cheap when nothing changed, so always done.
configure() {
  local preset=$1 log
  shift
  mkdir -p "build/$preset"
  log=build/$preset/configure.log
  if [[ -z ${CXX-} ]]; then
    # Where the distribution's g++ is too old for C++20 as used here, g++-12 stands beside it.
    local major
    major=$(g++ -dumpversion 2>/dev/null | cut -d. -f1) || major=0
    if ((${major:-0} < 12)) && command -v g++-12 >/dev/null; then export CXX=g++-12; fi
  fi
  if ! cmake --preset "$preset" "$@" >"$log" 2>&1; then
    cat "$log" >&2
    warn "cmake could not configure the preset '$preset'"
    return 1
  fi
}

# compile PRESET [TARGET…]: everything when no target is named.
compile() {
  local preset=$1 target
  shift
  local -a targets=()
  for target in "$@"; do targets+=(--target "$target"); done
  say "building ${*:-everything} ($preset)"
  cmake --build "build/$preset" --parallel "$(nproc)" "${targets[@]}"
}
