#!/usr/bin/env python3
# SPDX-License-Identifier: LicenseRef-ServerPulse
"""Holds every #include against two tables: layering.py [ROOT]

LAYERS says which folders a folder may include (docs/development.md draws it); THIRD_PARTY says in
which folder or file a library's headers may stand, so that replacing a library touches one place.
The tests may include anything. Prints `file:line: rule` for each breach and exits 1.
"""
import os
import re
import sys

# Folder → what it may include besides itself. Longest folder wins; what is not here is refused.
LAYERS = {
    "lib/base": [],
    "lib/log": ["lib/base"],
    "lib/config": ["lib/base", "lib/log"],
    "lib/metrics": ["lib/base", "lib/log"],
    "lib/http": ["lib/base", "lib/log", "lib/config"],
    "lib/remote_write": ["lib/base", "lib/log", "lib/metrics"],
    "probe": ["lib"],
    "exporter": ["lib", "probe"],
    "exporter/collectors": ["lib/base", "lib/log", "lib/config", "lib/metrics", "exporter"],
    "remote-write-gateway": ["lib"],
}

# How a third-party header begins → the folder or file it may stand in.
THIRD_PARTY = {
    "tl/": "lib/base/",
    "re2/": "lib/base/pattern.cpp",
    "yaml-cpp/": "lib/config/",
    "prometheus/": "lib/metrics/",
    "libdeflate.h": "lib/metrics/",
    "zstd.h": "lib/metrics/",
    "openssl/": "lib/http/",
    "boost/": "lib/http/request_parser.cpp",
    "crypt.h": "lib/http/",
    "google/protobuf/": "lib/remote_write/",
    "snappy.h": "lib/remote_write/",
    "curl/": "lib/remote_write/",
}

# The kernel's and the C library's, allowed everywhere: by folder, and those at the top by name.
SYSTEM = re.compile(
    r"(sys|linux|net|netinet|netpacket|arpa|asm|sanitizer)/.+"
    r"|(aio|byteswap|cpuid|cxxabi|dirent|dlfcn|elf|endian|err|errno|execinfo|fcntl|fnmatch|ftw|getopt"
    r"|glob|grp|ifaddrs|inttypes|langinfo|libgen|limits|link|locale|malloc|mntent|netdb|nl_types"
    r"|paths|poll|pthread|pwd|resolv|sched|semaphore|shadow|signal|spawn|stdint|stdlib|string"
    r"|strings|sysexits|syslog|termios|time|unistd|utime|utmp|utmpx|wchar|wordexp)\.h"
)
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
SOURCES = (".cpp", ".cc", ".h", ".in")


def layer_of(path):
    """The longest folder of LAYERS that holds `path`, or None."""
    fits = [folder for folder in LAYERS if path.startswith(folder + "/")]
    return max(fits, key=len, default=None)


def first_party_rule(file, header, exists):
    """The rule that `#include "header"` in `file` breaks, or None."""
    target = next((path for path in ("lib/" + header, header) if exists(path)), None)
    if target is None:
        # A generated header has no file; its folder still says which layer it is of.
        target = next((p for p in ("lib/" + header, header) if layer_of(p)), None)
    if target is None:
        return f'"{header}": write includes from lib/ or from the top folder'
    own, other = layer_of(file), layer_of(target)
    if own is None:
        return f"{os.path.dirname(file)} is in no row of LAYERS"
    if own == other:
        return None
    if any(target.startswith(folder + "/") for folder in LAYERS[own]):
        return None
    return f'{own} may not include {other or os.path.dirname(target)} ("{header}")'


def third_party_rule(file, header):
    """The rule that `#include <header>` in `file` breaks, or None."""
    for prefix, place in THIRD_PARTY.items():
        if header.startswith(prefix):
            return None if file.startswith(place) else f"<{header}> belongs in {place}"
    standard = "." not in header and "/" not in header
    if standard or SYSTEM.fullmatch(header):
        return None
    return f"<{header}> is in no row of THIRD_PARTY"


def breaches(root):
    """Yields 'file:line: rule' for every include under `root` that breaks one."""

    def exists(path):
        return os.path.exists(os.path.join(root, path))

    tops = sorted({folder.split("/")[0] for folder in LAYERS})
    for top in tops:
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if not name.endswith(SOURCES):
                    continue
                full = os.path.join(folder, name)
                file = os.path.relpath(full, root)
                with open(full, encoding="utf-8") as lines:
                    for number, line in enumerate(lines, 1):
                        found = INCLUDE.match(line)
                        if not found:
                            continue
                        quoted, header = found.group(1) == '"', found.group(2)
                        rule = (first_party_rule(file, header, exists) if quoted
                                else third_party_rule(file, header))
                        if rule:
                            yield f"{file}:{number}: {rule}"


def main():
    found = list(breaches(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(found) if found else "every include is where it may be")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
