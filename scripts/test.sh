# shellcheck shell=bash
# SPDX-License-Identifier: LicenseRef-ServerPulse
#
# ./dev test: three builds of the same tests. The release build, which is what ships, runs all of
# them; those labelled `unit` (no outside program, no fixed port) run again under AddressSanitizer
# with UndefinedBehaviorSanitizer, and under ThreadSanitizer.
# The closing line is `N passed, N failed, N skipped` over all of it, whatever happened; a preset
# that does not build is one failure.

test_usage() {
  cat <<'TEXT'
usage: ./dev test [--quick] [--lint] [-R REGEX]
  --quick   only the tests labelled unit, only in the release build
  --lint    count ./dev lint as one more test
  -R REGEX  only tests whose name matches
TEXT
}

#: test [--quick] [--lint] [-R REGEX] - build and run every test, also under ASan, UBSan and TSan
verb_test() {
  local quick='' lint=''
  local -a filter=() results=()
  while (($# > 0)); do
    case $1 in
      --quick) quick=1 ;;
      --lint) lint=1 ;;
      -R)
        [[ -n ${2-} ]] || die "test: -R wants a regular expression"
        filter=(-R "$2")
        shift
        ;;
      *)
        test_usage >&2
        die "test: no option '$1'"
        ;;
    esac
    shift
  done
  need_packages run test
  [[ -n $quick ]] || need_tools

  if [[ -n $quick ]]; then
    test_preset release -L unit "${filter[@]}"
  else
    test_preset release "${filter[@]}"
    test_preset asan -L unit "${filter[@]}"
    test_preset tsan -L unit "${filter[@]}"
  fi
  if [[ -n $lint ]]; then
    # A process of its own, so that a die inside it ends the check and not the test run.
    if ./dev lint; then results+=(passed:lint); else results+=(failed:lint); fi
  fi
  python3 scripts/summary.py "${results[@]}"
}

# test_preset PRESET CTEST-ARGUMENT…: appends to `results` of the caller.
test_preset() {
  local preset=$1
  shift
  rm -f "build/$preset/junit.xml"
  if ! configure "$preset" -DSERVERPULSE_TESTS=ON || ! compile "$preset"; then
    results+=("failed:$preset build")
    return
  fi
  run_ctest "$preset" "$@" || true # summary.py counts the failures
  results+=("junit:$preset:build/$preset/junit.xml")
}

# run_ctest PRESET CTEST-ARGUMENT…: in parallel, with the surroundings held still.
run_ctest() {
  local preset=$1
  shift
  local log=build/$preset/ctest.log
  local -a without_aslr=()
  # GCC's ThreadSanitizer refuses address layouts as random as newer kernels make them.
  if [[ $preset == tsan ]] && setarch -R true 2>/dev/null; then without_aslr=(setarch -R); fi
  say "testing ($preset); log: $log"
  TZ=UTC LC_ALL=C.UTF-8 \
    ASAN_OPTIONS=strict_string_checks=1:detect_stack_use_after_return=1 \
    UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1 \
    "${without_aslr[@]}" ctest --test-dir "build/$preset" --parallel "$(nproc)" --no-tests=ignore \
    --output-on-failure --output-junit junit.xml "$@" >"$log" 2>&1
}
