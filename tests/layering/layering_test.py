#!/usr/bin/env python3
# SPDX-License-Identifier: LicenseRef-ServerPulse
"""Tests of layering.py and spdx.py on trees made for the purpose: each rule refuses what breaks it."""
import os
import tempfile
import unittest

import layering
import spdx


class TreeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name

    def write(self, path, text):
        full = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)

    def found(self):
        return list(layering.breaches(self.root))


class Layering(TreeTest):
    def test_accepts_the_directions_of_the_table(self):
        self.write("lib/base/fd.h", "#include <unistd.h>\n#include <string>\n")
        self.write("lib/http/http.h", '#include "base/fd.h"\n#include "config/options.h"\n')
        self.write("exporter/collectors/arp.cpp", '#include "exporter/collector.h"\n#include "base/fd.h"\n')
        self.write("exporter/main.cpp", '#include "probe/probe.h"\n#include "http/http.h"\n')
        self.assertEqual(self.found(), [])

    def test_names_file_line_and_rule(self):
        self.write("lib/metrics/sink.h", "")
        self.write("lib/http/server.cpp", '// a\n#include "metrics/sink.h"\n')
        self.assertEqual(
            self.found(),
            ['lib/http/server.cpp:2: lib/http may not include lib/metrics ("metrics/sink.h")'])

    def test_refuses_base_including_upwards(self):
        self.write("lib/base/fd.cpp", '#include "log/log.h"\n')
        self.assertEqual(len(self.found()), 1)

    def test_refuses_a_library_including_a_program(self):
        self.write("lib/metrics/text.cpp", '#include "exporter/collector.h"\n')
        self.assertEqual(len(self.found()), 1)

    def test_refuses_a_program_including_another(self):
        self.write("remote-write-gateway/main.cpp", '#include "exporter/collector.h"\n')
        self.write("probe/main.cpp", '#include "exporter/collector.h"\n')
        self.assertEqual(len(self.found()), 2)

    def test_refuses_a_collector_including_http(self):
        self.write("exporter/collectors/arp.cpp", '#include "http/http.h"\n')
        self.assertEqual(len(self.found()), 1)

    def test_refuses_a_relative_include(self):
        self.write("lib/base/fd.cpp", '#include "fd.h"\n')
        self.assertIn("from lib/ or from the top", self.found()[0])

    def test_refuses_a_third_party_header_elsewhere(self):
        self.write("lib/base/fields.cpp", "#include <re2/re2.h>\n")
        self.assertEqual(
            self.found(), ["lib/base/fields.cpp:1: <re2/re2.h> belongs in lib/base/pattern.cpp"])

    def test_refuses_a_third_party_header_without_a_row(self):
        self.write("lib/base/fields.cpp", "#include <nlohmann/json.hpp>\n#include <sodium.h>\n")
        self.assertEqual(len(self.found()), 2)

    def test_every_layer_is_free_of_cycles(self):
        def reaches(folder, goal, seen=()):
            nexts = [f for f in layering.LAYERS for to in layering.LAYERS[folder]
                     if (f == to or f.startswith(to + "/")) and f != folder and f not in seen]
            return any(f == goal or reaches(f, goal, (*seen, f)) for f in nexts)

        parts = {"exporter", "exporter/collectors"}  # two rooms of one program
        for folder in set(layering.LAYERS) - parts:
            self.assertFalse(reaches(folder, folder), folder)


class Spdx(TreeTest):
    def without(self):
        return list(spdx.without_licence(self.root))

    def test_accepts_the_line_after_a_shebang(self):
        self.write("scripts/a.sh", f"#!/bin/sh\n# {spdx.WANTED}\n")
        self.assertEqual(self.without(), [])

    def test_refuses_a_source_without_the_line(self):
        self.write("lib/base/fd.h", "#pragma once\n")
        self.write("dev", "#!/bin/sh\n")
        self.assertEqual(self.without(), ["dev", "lib/base/fd.h"])

    def test_refuses_another_licence(self):
        self.write("lib/base/fd.h", "// SPDX-License-Identifier: MIT\n")
        self.assertEqual(self.without(), ["lib/base/fd.h"])

    def test_leaves_out_what_tests_read(self):
        self.write("tests/config/unknown_key/a.yml", "a: 1\n")
        self.write("tests/collectors/netdev/file/proc/net/dev", "Inter-|   Receive\n")
        self.assertEqual(self.without(), [])


if __name__ == "__main__":
    unittest.main()
