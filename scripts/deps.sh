# shellcheck shell=bash
# SPDX-License-Identifier: LicenseRef-ServerPulse
#
# Which packages each verb needs, and their installation by apt. The names are Debian 12's; where
# Ubuntu 22.04 or 24.04 differs, the difference is here and nowhere else. Nothing is asked of the
# network unless dpkg says that something is missing.

# package_set SET: one package a line.
package_set() {
  local release
  release=$(os_release VERSION_CODENAME)
  case $1 in
    run) # to build and run the programs
      printf '%s\n' g++ cmake ninja-build pkg-config libexpected-dev libre2-dev libyaml-cpp-dev \
        prometheus-cpp-dev libdeflate-dev libzstd-dev libssl-dev libboost-dev libcrypt-dev
      # Its g++ is 11; the code needs 12.
      [[ $release != jammy ]] || echo g++-12
      ;;
    test) # to build and run the tests
      printf '%s\n' libgtest-dev libgmock-dev librapidcheck-dev libprotobuf-dev protobuf-compiler \
        libcivetweb-dev python3 curl openssl zstd
      ;;
    lint)
      printf '%s\n' clang-format-16 clang-tidy-16 shellcheck codespell python3 git
      ;;
    fuzz)
      case $release in
        noble) printf '%s\n' clang-18 libclang-rt-18-dev ;;
        jammy) printf '%s\n' clang-14 libclang-common-14-dev ;;
        *) printf '%s\n' clang-16 libclang-rt-16-dev ;;
      esac
      ;;
    bench) echo strace ;;
    *) die "no package set '$1': run, test, lint, fuzz, bench or all" ;;
  esac
}

# Programs the end-to-end tests run against. Their packages start services on :9090 and :9100 when
# installed, so they are only unpacked, into build/tools.
tool_packages() { printf '%s\n' prometheus prometheus-node-exporter; }

os_release() {
  [[ ! -r /etc/os-release ]] || sed -n "s/^$1=\"\?\([^\"]*\)\"\?$/\1/p" /etc/os-release
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "not root and no sudo; as root, run: $*"
  fi
}

# need_packages SET…: installs what is missing of the sets.
need_packages() {
  [[ -z ${SERVERPULSE_SKIP_DEPS-} ]] || return 0
  local set
  local -a wanted=() missing=()
  for set in "$@"; do mapfile -t -O "${#wanted[@]}" wanted < <(package_set "$set"); done
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    foreign_distribution "${wanted[@]}"
  fi
  mapfile -t missing < <(not_installed "${wanted[@]}")
  ((${#missing[@]} > 0)) || return 0
  say "installing ${missing[*]}"
  as_root apt-get update -qq || warn "apt-get update failed; trying with the lists at hand"
  check_available "${missing[@]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o Dpkg::Use-Pty=0 "${missing[@]}" >/dev/null ||
    die "apt-get could not install: ${missing[*]}"
}

# Those of its arguments that dpkg does not have installed.
not_installed() {
  local have
  # dpkg-query fails when it does not know one of them, which is what is asked here.
  # shellcheck disable=SC2016 # dpkg-query's own variables
  have=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
    sed -n 's/ installed$//p') || true
  comm -23 <(printf '%s\n' "$@" | sort -u) <(sort -u <<<"$have")
}

check_available() {
  local package
  local -a unknown=()
  for package in "$@"; do
    apt-cache show --no-all-versions "$package" >/dev/null 2>&1 || unknown+=("$package")
  done
  ((${#unknown[@]} == 0)) && return
  warn "this system's package lists do not have: ${unknown[*]}"
  warn "(on Ubuntu they are in 'universe'; clang tools of another version: https://apt.llvm.org)"
  die "supported: Debian 12, Ubuntu 22.04 and 24.04; this is $(os_release PRETTY_NAME)"
}

foreign_distribution() {
  warn "only apt is known here, and this is $(os_release PRETTY_NAME). Needed, by Debian's names:"
  printf '  %s\n' "$@" >&2
  die "install their like (GCC 12 or newer, CMake 3.22 or newer), then set SERVERPULSE_SKIP_DEPS=1"
}

# Puts prometheus, promtool and prometheus-node-exporter on PATH. Without them the tests that want
# them are skipped, with that as the reason, so a failure here is only told.
need_tools() {
  local package
  export PATH=$PWD/build/tools/usr/bin:$PATH
  [[ -z ${SERVERPULSE_SKIP_DEPS-} ]] && command -v apt-get >/dev/null || return 0
  while read -r package; do
    command -v "$package" >/dev/null && continue
    say "unpacking $package into build/tools (not installed: no service is started)"
    mkdir -p build/tools
    rm -f "build/tools/$package"_*.deb
    (cd build/tools && apt-get download -qq -o APT::Sandbox::User=root "$package" &&
      dpkg-deb -x "$package"_*.deb .) || warn "could not fetch $package"
  done < <(tool_packages)
}

# A clang++ of 14 or newer that links libFuzzer; installed when there is none.
clang_with_libfuzzer() {
  local tried
  for tried in found installed; do
    local clang
    for clang in clang++-{19,18,17,16,15,14} clang++; do
      if command -v "$clang" >/dev/null && links_libfuzzer "$clang"; then
        echo "$clang"
        return
      fi
    done
    [[ $tried == installed ]] || need_packages fuzz >&2
  done
  die "no clang++ of 14 or newer that links -fsanitize=fuzzer"
}

links_libfuzzer() {
  local folder status=0
  folder=$(mktemp -d)
  printf '%s\n' '#include <cstddef>' 'extern "C" int LLVMFuzzerTestOneInput(const char*, std::size_t) { return 0; }' \
    >"$folder/probe.cpp"
  "$1" -std=c++20 -fsanitize=fuzzer,address "$folder/probe.cpp" -o "$folder/probe" 2>/dev/null || status=1
  rm -rf "$folder"
  return "$status"
}

#: deps [SET…] - install packages: run, test, lint, fuzz, bench or all (default: run test)
verb_deps() {
  local -a sets=("$@")
  (($# > 0)) || sets=(run test)
  [[ ${1-} != all ]] || sets=(run test lint fuzz bench)
  need_packages "${sets[@]}"
  [[ " ${sets[*]} " != *" test "* ]] || need_tools
  say "nothing is missing for: ${sets[*]}"
}
