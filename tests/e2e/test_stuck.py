# SPDX-License-Identifier: LicenseRef-ServerPulse
"""A real file system that never answers: a FUSE mount whose server reads no request."""
import concurrent.futures
import ctypes
import os
import time

from harness import Case, TERM, eventually, get, parse, TEXT

MS_NOSUID, MS_NODEV, MNT_DETACH = 2, 4, 2


class TestHungMount(Case):
    def hang(self):
        """Mounts it; returns a function that makes every waiting call fail at once."""
        if os.geteuid() != 0:
            self.skipTest("mounting needs root")
        try:
            fuse = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        except OSError as error:
            self.skipTest(f"/dev/fuse: {error.strerror}")
        libc = ctypes.CDLL(None, use_errno=True)
        point = self.path("hung")
        os.mkdir(point)
        data = f"fd={fuse},rootmode=40000,user_id=0,group_id=0".encode()
        if libc.mount(b"hung", point.encode(), b"fuse.hung", MS_NOSUID | MS_NODEV, data) != 0:
            os.close(fuse)
            self.skipTest(f"mount: {os.strerror(ctypes.get_errno())}")
        open_fds = [fuse]

        def let_go():
            while open_fds:
                os.close(open_fds.pop())
        self.addCleanup(lambda: libc.umount2(point.encode(), MNT_DETACH))
        self.addCleanup(let_go)
        return point, let_go

    def scrape(self, exporter):
        began = time.monotonic()
        _, samples = parse(get(exporter.port, "/metrics", TEXT)[1])
        return samples, time.monotonic() - began

    def device_error(self, samples, point):
        return [v for (name, labels), v in samples.items()
                if name == "node_filesystem_device_error" and ("mountpoint", point) in labels]

    def test_it_costs_its_own_metrics_only_and_recovers(self):
        point, let_go = self.hang()
        exporter = self.exporter("--collector.filesystem.mount-timeout=500ms",
                                 "--collector.filesystem.fs-types-exclude=^nothing$")
        samples, _ = self.scrape(exporter)
        self.assertIn(("node_load1", ()), samples)
        self.assertEqual(self.device_error(samples, point), [1])
        others = [labels for (name, labels), _ in samples.items()
                  if name == "node_filesystem_size_bytes" and ("mountpoint", "/") in labels]
        self.assertEqual(len(others), 1, "the other file systems are there")

        # Remembered: later scrapes do not wait for it again, and threads do not pile up.
        threads = os.listdir(f"/proc/{exporter.popen.pid}/task")
        for _ in range(5):
            _, seconds = self.scrape(exporter)
            self.assertLess(seconds, 0.4)
        self.assertLessEqual(len(os.listdir(f"/proc/{exporter.popen.pid}/task")), len(threads))

        let_go()  # statfs now answers, with an error

        def recovered():
            samples, _ = self.scrape(exporter)
            success = ("node_scrape_collector_success", (("collector", "filesystem"),))
            return samples[success] == 1
        eventually(recovered)

    def test_a_scrape_beyond_max_requests_is_refused_while_other_pages_are_served(self):
        self.hang()
        port = self.exporter("--web.max-requests=1", "--collector.filesystem.mount-timeout=4s",
                             "--collector.filesystem.fs-types-exclude=^nothing$").port
        with concurrent.futures.ThreadPoolExecutor() as pool:
            both = [pool.submit(get, port, "/metrics", TEXT) for _ in range(2)]
            done, waiting = concurrent.futures.wait(
                both, return_when=concurrent.futures.FIRST_COMPLETED)
            self.assertEqual([scrape.result()[0] for scrape in done], [503])
            self.assertEqual(get(port, "/-/healthy")[0], 200)
            self.assertEqual([scrape.result()[0] for scrape in waiting], [200])
        self.assertEqual(get(port, "/metrics", TEXT)[0], 200)

    def test_a_stuck_thread_does_not_delay_the_end(self):
        self.hang()
        exporter = self.exporter("--collector.filesystem.mount-timeout=200ms",
                                 "--collector.filesystem.fs-types-exclude=^nothing$")
        self.scrape(exporter)
        began = time.monotonic()
        exporter.signal(TERM)
        self.assertEqual(exporter.wait(), 0)
        self.assertLess(time.monotonic() - began, 5)
