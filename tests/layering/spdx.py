#!/usr/bin/env python3
# SPDX-License-Identifier: LicenseRef-ServerPulse
"""Every file that can carry a comment names its licence in its first three lines: spdx.py [ROOT]

Data that tests read (fixtures, goldens, fuzz corpora) is left out: a comment would change it.
Prints the files without the line and exits 1.
"""
import os
import sys

WANTED = "SPDX-License-Identifier: LicenseRef-ServerPulse"
SUFFIXES = (".cpp", ".cc", ".h", ".in", ".cmake", ".py", ".sh", ".proto", ".md", ".yml", ".yaml")
NAMES = {"CMakeLists.txt", ".clang-format", ".clang-tidy", ".codespellrc", ".gitignore"}
PATHS = {"dev", os.path.join(".ci", "run")}
IGNORED = {".git", "build", ".cache", "__pycache__"}
# Below tests/ only code and its documentation are looked at: the rest is data.
TEST_SUFFIXES = (".cpp", ".h", ".cmake", ".py", ".sh", ".md")


def wants_licence(path):
    name = os.path.basename(path)
    if name in NAMES or path in PATHS:
        return True
    return name.endswith(TEST_SUFFIXES if path.startswith("tests/") else SUFFIXES)


def without_licence(root):
    """Yields the paths, relative to `root`, that lack the line."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(set(folders) - IGNORED)
        for name in sorted(names):
            full = os.path.join(folder, name)
            path = os.path.relpath(full, root)
            if not wants_licence(path) or os.path.islink(full):
                continue
            with open(full, encoding="utf-8") as file:
                head = [file.readline() for _ in range(3)]
            if not any(WANTED in line for line in head):
                yield path


def main():
    found = list(without_licence(sys.argv[1] if len(sys.argv) > 1 else "."))
    for path in found:
        print(f"{path}:1: want '{WANTED}' in the first three lines")
    if not found:
        print("every file names its licence")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
