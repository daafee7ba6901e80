# shellcheck shell=bash
# SPDX-License-Identifier: LicenseRef-ServerPulse
#
# ./dev lint: what can be said of the sources without running them. All checks but clang-tidy take
# seconds and always read everything. clang-tidy takes 5 to 15 seconds a file, so it reads what
# changed since the branch left main (or, on main, in the last commit), at most kTidyCap files:
# a first import or a sweeping change is not read whole by CI, and lint says how many files it
# left out. `./dev lint --all` reads every file.
readonly kTidyCap=24

lint_failures=0

# lint_step NAME COMMAND…: runs it, counts a failure.
lint_step() {
  local name=$1
  shift
  if "$@"; then say "lint: $name: clean"; else
    warn "lint: $name: see above"
    lint_failures=$((lint_failures + 1))
  fi
}

# Our own text files, NUL-separated: tracked or about to be.
own_files() { git ls-files -z --cached --others --exclude-standard -- "$@"; }

#: lint [--all] - clang-format, shellcheck, codespell, SPDX, layering; clang-tidy on what changed
verb_lint() {
  local scope=changed
  case ${1-} in
    '') ;;
    --all) scope=all ;;
    *) die "lint: want --all or nothing, found '$1'" ;;
  esac
  need_packages run test lint
  lint_step clang-format lint_format
  lint_step shellcheck lint_shell
  lint_step codespell lint_spelling
  lint_step spdx python3 tests/layering/spdx.py .
  lint_step layering python3 tests/layering/layering.py .
  lint_step clang-tidy lint_tidy "$scope"
  ((lint_failures == 0)) || die "lint: $lint_failures of 6 checks failed"
}

lint_format() { own_files '*.cpp' '*.h' | xargs -0 -r clang-format-16 --dry-run -Werror; }

lint_shell() {
  { own_files '*.sh' '*.bash'; printf '%s\0' dev .ci/run; } | xargs -0 shellcheck --external-sources
}

lint_spelling() {
  own_files '*.cpp' '*.h' '*.in' '*.md' '*.sh' '*.py' '*.cmake' '*CMakeLists.txt' dev .ci/run \
    ':!tests/collectors/*/*' ':!tests/fuzz/*/*' ':!docs/metrics.md' | xargs -0 codespell
}

# The commit that the change under lint starts from; nothing when there is none.
lint_base() {
  local head upstream base
  head=$(git rev-parse --verify -q HEAD) || return 0
  for upstream in ${SERVERPULSE_LINT_BASE:+"$SERVERPULSE_LINT_BASE"} origin/main main; do
    base=$(git merge-base "$upstream" HEAD 2>/dev/null) || continue
    if [[ $base != "$head" ]]; then
      echo "$base"
      return
    fi
  done
  git rev-parse --verify -q HEAD~ || true
}

# The sources to read, one a line: the programs and libraries first, then the tests. A header is
# read with the source of its name, else with the first source that includes it.
tidy_files() {
  local base='' file
  [[ $1 == all ]] || base=$(lint_base)
  {
    if [[ -n $base ]]; then
      git diff --name-only --diff-filter=d "$base" -- '*.cpp' '*.h'
    else
      git ls-files --cached -- '*.cpp' '*.h'
    fi
    git ls-files --others --exclude-standard -- '*.cpp' '*.h'
  } | while read -r file; do
    case $file in
      *.cpp) echo "$file" ;;
      *.h)
        if [[ -f ${file%.h}.cpp ]]; then
          echo "${file%.h}.cpp"
        else
          git grep -l --untracked -F "#include \"${file#lib/}\"" -- '*.cpp' | sed -n 1p
        fi
        ;;
    esac
  done | sort -u | awk '/^tests\// {tests[n++] = $0; next} {print} END {for (i = 0; i < n; i++) print tests[i]}'
}

lint_tidy() {
  local -a files
  mapfile -t files < <(tidy_files "$1")
  local count=${#files[@]}
  if ((count == 0)); then return 0; fi
  if [[ $1 != all ]] && ((count > kTidyCap)); then
    files=("${files[@]:0:kTidyCap}")
    say "lint: clang-tidy reads $kTidyCap of $count changed sources; ./dev lint --all reads everything"
  fi
  # A build folder of its own: clang cannot read the headers that GCC precompiled.
  cmake --preset dev -B build/lint -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON >build/lint.log 2>&1 ||
    { cat build/lint.log >&2 && return 1; }
  printf '%s\0' "${files[@]}" |
    xargs -0 -n 1 -P "$(nproc)" clang-tidy-16 -p build/lint --quiet --warnings-as-errors='*' 2>build/lint.err ||
    { grep -v -E '^[0-9]+ warnings|^Suppressed|^Use -header' build/lint.err >&2; return 1; }
}
