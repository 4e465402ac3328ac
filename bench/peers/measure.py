"""Wall and CPU seconds and peak memory of a block, this process and its children together, as a JSON line at the end."""

import json
import resource
import sys
import time
from contextlib import contextmanager


def read_cpu() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


@contextmanager
def measure(requests: int):
    start, start_cpu = time.perf_counter(), read_cpu()
    yield
    wall, cpu = time.perf_counter() - start, read_cpu() - start_cpu
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    line = {"wallS": wall, "cpuS": cpu, "peakRssMb": max(peaks) / 1024, "requests": requests}
    sys.stdout.write("\n" + json.dumps(line) + "\n")
