# SPDX-License-Identifier: LicenseRef-ServerPulse
"""What Debian's node_exporter gives on this machine, we give: types, labels and, where a value
stands still, the value."""
import unittest

from harness import Case, eventually, free_port, get, need, parse, TEXT

COLLECTORS = ("arp cpu diskstats filefd filesystem loadavg meminfo netclass netdev netstat os "
              "pressure schedstat sockstat softnet stat textfile thermal_zone time timex "
              "udp_queues uname vmstat").split()


def only_collectors():
    # The default of this option differs from version to version.
    return ["--collector.disable-defaults", *(f"--collector.{c}" for c in COLLECTORS),
            r"--collector.diskstats.device-exclude=^(z?ram|loop|fd)\d+$"]


def peer_exposition(case):
    program = need("prometheus-node-exporter")
    port = free_port()
    case.start("peer", [program, f"--web.listen-address=127.0.0.1:{port}", *only_collectors()])
    return eventually(lambda: get(port, "/metrics", TEXT)[1])


class TestNodeExporter(Case):
    def setUp(self):
        super().setUp()
        self.exporter_process = self.exporter(*only_collectors())
        # Theirs between two of ours: what is equal in both of ours stood still.
        self.before = parse(get(self.exporter_process.port, "/metrics", TEXT)[1])
        self.theirs = parse(peer_exposition(self))
        self.after = parse(get(self.exporter_process.port, "/metrics", TEXT)[1])

    def node_families(self, exposition):
        return {n: t for n, t in exposition[0].items()
                if n.startswith("node_") and not n.startswith(("node_scrape_", "node_exporter_"))}

    def test_every_family_is_given_with_the_same_type(self):
        theirs = self.node_families(self.theirs)
        ours = self.node_families(self.after)
        self.assertEqual({n: t for n, t in theirs.items()
                          if ours.get(n) != t}, {})

    def test_every_series_is_given(self):
        families = self.node_families(self.theirs)
        ours = {}
        for name, labels in [*self.before[1], *self.after[1]]:
            ours.setdefault(name, []).append(set(labels))
        # Newer versions of node_exporter, which we follow, have further labels in some families.
        missing = [(name, labels) for name, labels in self.theirs[1]
                   if name in families and not any(set(labels) <= o for o in ours.get(name, []))]
        self.assertEqual(missing, [])

    def test_values_that_stand_still_are_equal(self):
        families = self.node_families(self.theirs)
        different = {}
        for key, value in self.theirs[1].items():
            before, after = self.before[1].get(key), self.after[1].get(key)
            if key[0] in families and before is not None and before == after:
                if value != before and not (value != value and before != before):
                    different[key] = (value, before)
        # What moved and came back between our two scrapes.
        moving = {k for k in different if k[0].startswith((
            "node_procs_", "node_sockstat_", "node_memory_", "node_load", "node_netstat_",
            "node_filesystem_", "node_vmstat_", "node_schedstat_", "node_entropy"))}
        self.assertEqual({k: v for k, v in different.items() if k not in moving}, {})


if __name__ == "__main__":
    unittest.main()
