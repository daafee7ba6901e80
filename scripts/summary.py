#!/usr/bin/env python3
# SPDX-License-Identifier: LicenseRef-ServerPulse
"""Sums up test runs: summary.py RESULT…

A RESULT is `junit:NAME:FILE` (what ctest --output-junit writes), or `passed:NAME` or
`failed:NAME` for a check that is not ctest's. Prints the output of each failure, the reason of
each skip, and last the closing line. Exit status 1 when anything failed, or when nothing ran.

ctest writes <skipped> both for a test that skipped itself and for one that could not be started;
the second is a failure.
"""
import re
import sys
import xml.etree.ElementTree as ET
from collections import Counter

TAIL_LINES = 60


def skip_reason(output, message):
    """The sentence given to GTEST_SKIP() (or any line with 'skip'), else what ctest says."""
    gtest = re.search(r"Skipped\n(.+)", output)
    if gtest:
        return gtest.group(1).strip()
    lines = [line.strip() for line in output.splitlines() if "skip" in line.lower()]
    return lines[-1] if lines else message


def read_junit(name, path):
    """Yields (verdict, 'name: test', text) for every test in the file."""
    try:
        cases = ET.parse(path).getroot().iter("testcase")
    except (OSError, ET.ParseError) as error:
        yield "failed", f"{name}: no test results", str(error)
        return
    for case in cases:
        title = f"{name}: {case.get('name')}"
        output = case.findtext("system-out") or ""
        skipped = case.find("skipped")
        if case.get("status") == "run":
            yield "passed", title, ""
        elif skipped is not None and skipped.get("message", "").startswith("SKIP_"):
            yield "skipped", title, skip_reason(output, skipped.get("message"))
        elif case.get("status") == "disabled":
            yield "skipped", title, "disabled in its source"
        else:
            tail = "\n".join(output.splitlines()[-TAIL_LINES:])
            yield "failed", title, tail or "no output: it crashed or hit its time limit"


def read(result):
    kind, _, rest = result.partition(":")
    if kind == "junit":
        name, _, path = rest.partition(":")
        yield from read_junit(name, path)
    elif kind in ("passed", "failed"):
        yield kind, rest, ""
    else:
        sys.exit(f"summary.py: want junit:NAME:FILE, passed:NAME or failed:NAME, found {result!r}")


def main(results):
    count = Counter()
    for result in results:
        for verdict, title, text in read(result):
            count[verdict] += 1
            if verdict == "skipped":
                print(f"skipped: {title}: {text}")
            elif verdict == "failed":
                print(f"\nFAILED: {title}\n{text}".rstrip())
    print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
    return 1 if count["failed"] or not count["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
