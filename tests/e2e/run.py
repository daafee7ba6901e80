#!/usr/bin/env python3
# SPDX-License-Identifier: LicenseRef-ServerPulse
"""Runs one class of end-to-end tests: run.py MODULE.CLASS. Exit 77: some of it was skipped, so the
class counts as skipped, with the reasons printed: a skip inside a class must not pass unseen."""
import sys
import unittest

suite = unittest.defaultTestLoader.loadTestsFromName(sys.argv[1])
result = unittest.TextTestRunner(verbosity=2).run(suite)
for test, reason in result.skipped:
    print(f"SKIPPED {test}: {reason}")
if not result.wasSuccessful() or result.testsRun == 0:
    sys.exit(1)
sys.exit(77 if result.skipped else 0)
