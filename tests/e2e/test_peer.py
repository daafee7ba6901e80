# SPDX-License-Identifier: LicenseRef-ServerPulse
"""What Debian's node_exporter gives on this machine, we give: types, labels and, where a value
stands still, the value."""
import time
import unittest

from harness import Case, eventually, free_port, get, need, parse, TEXT

COLLECTORS = ("arp cpu diskstats filefd filesystem loadavg meminfo netclass netdev netstat os "
              "pressure schedstat sockstat softnet stat textfile thermal_zone time timex "
              "udp_queues uname vmstat").split()


def only_collectors():
    # The default of this option differs from version to version.
    return ["--collector.disable-defaults", *(f"--collector.{c}" for c in COLLECTORS),
            r"--collector.diskstats.device-exclude=^(z?ram|loop|fd)\d+$"]


# What differs although nothing moves, and why. By exact name, so that nothing hides beside it.
EXCEPTIONS = {
    # The scrape itself is what runs: as many as the program has threads at work.
    "node_procs_running",
}


def start_peer(case):
    program = need("prometheus-node-exporter")
    port = free_port()
    case.start("peer", [program, f"--web.listen-address=127.0.0.1:{port}", *only_collectors()])
    eventually(lambda: get(port, "/metrics", TEXT)[0] == 200)
    return port


def peer_exposition(case):
    return get(start_peer(case), "/metrics", TEXT)[1]


def still(expositions):
    """The samples that all expositions have with one value, which is compared as it is written:
    so NaN equals NaN."""
    first, *others = [{k: repr(v) for k, v in samples.items()} for _, samples in expositions]
    return {k: v for k, v in first.items() if all(o.get(k) == v for o in others)}


class TestNodeExporter(Case):
    def setUp(self):
        super().setUp()
        self.port = self.exporter(*only_collectors()).port
        self.peer_port = start_peer(self)
        self.our_rounds, self.their_rounds = [], []
        for _ in range(3):
            self.one_round()
        self.theirs = self.their_rounds[0]

    def one_round(self):
        """Ours, theirs, and so on in turn: what moves does so in one of the two sooner or later."""
        self.our_rounds.append(parse(get(self.port, "/metrics", TEXT)[1]))
        self.their_rounds.append(parse(get(self.peer_port, "/metrics", TEXT)[1]))

    def node_families(self, exposition):
        return {n: t for n, t in exposition[0].items()
                if n.startswith("node_") and not n.startswith(("node_scrape_", "node_exporter_"))}

    def test_every_family_is_given_with_the_same_type(self):
        theirs = self.node_families(self.theirs)
        ours = self.node_families(self.our_rounds[-1])
        self.assertEqual({n: t for n, t in theirs.items()
                          if ours.get(n) != t}, {})

    def test_every_series_is_given(self):
        families = self.node_families(self.theirs)
        ours = {}
        for _, samples in self.our_rounds:
            for name, labels in samples:
                ours.setdefault(name, []).append(set(labels))
        # Newer versions of node_exporter, which we follow, have further labels in some families.
        missing = [(name, labels) for name, labels in self.theirs[1]
                   if name in families and not any(set(labels) <= o for o in ours.get(name, []))]
        self.assertEqual(missing, [])

    def different(self):
        families = self.node_families(self.theirs)
        ours, theirs = still(self.our_rounds), still(self.their_rounds)
        return {k: (v, ours[k]) for k, v in theirs.items()
                if k[0] in families and k[0] not in EXCEPTIONS and ours.get(k, v) != v}

    def test_values_that_stand_still_are_equal(self):
        end = time.monotonic() + 60
        while self.different() and time.monotonic() < end:
            time.sleep(0.5)  # what differs by having moved once will have to move again
            self.one_round()
        self.assertEqual(self.different(), {})

    def test_most_values_are_held_against_theirs(self):
        families = self.node_families(self.theirs)
        given = {k for k in self.theirs[1] if k[0] in families}
        compared = still(self.our_rounds).keys() & still(self.their_rounds).keys() & given
        self.assertGreater(len(compared), len(given) / 2)
        self.assertIn(("node_memory_MemTotal_bytes", ()), compared)


if __name__ == "__main__":
    unittest.main()
