#!/usr/bin/env python3
# SPDX-License-Identifier: LicenseRef-ServerPulse
"""Runs one class of end-to-end tests: run.py MODULE.CLASS. Exit 77: all of it was skipped."""
import sys
import unittest

suite = unittest.defaultTestLoader.loadTestsFromName(sys.argv[1])
result = unittest.TextTestRunner(verbosity=2).run(suite)
for test, reason in result.skipped:
    print(f"SKIPPED {test}: {reason}")
if not result.wasSuccessful() or result.testsRun == 0:
    sys.exit(1)
sys.exit(77 if len(result.skipped) == result.testsRun else 0)
