"""What a load's result is looked at for."""

from dataclasses import dataclass
from typing import Callable


@dataclass(frozen=True)
class Metric:
    """One figure of a result of netkit-bench."""

    name: str
    unit: str
    read: Callable
    more_is_better: bool = False


CPU = Metric("CPU per message", "ns", lambda result: result["server"]["cpu_ns_per_message"])
CPU_PER_CONNECTION = Metric("CPU per connection", "ns", CPU.read)
# Of the whole run, and of the processes that the server has started for it.
WHOLE_CPU = Metric("CPU per message", "ns", lambda result: result["whole_cpu_ns"] / result["messages"])
WHOLE_CPU_PER_CONNECTION = Metric("CPU per connection", "µs", lambda result: result["whole_cpu_ns"] / 1e3 / result["messages"])
WHOLE_CPU_PER_GIB = Metric("CPU per GiB", "ms", lambda result: result["whole_cpu_ns"] / 1e6 / (result["bytes"] / 2**30))
RESIDENT = Metric("memory of the server", "MiB", lambda result: result["resident_bytes"] / 2**20)
RATE = Metric("rate", "/s", lambda result: result["rate"], more_is_better=True)
P50 = Metric("median latency", "µs", lambda result: result["latency_us"]["p50"])
P99 = Metric("p99 latency", "µs", lambda result: result["latency_us"]["p99"])
P999 = Metric("p99.9 latency", "µs", lambda result: result["latency_us"]["p99.9"])
IDLE_OPEN = Metric("memory each", "B", lambda result: result["bytes_each_open"])
IDLE_AFTER = Metric("memory each after a message", "B", lambda result: result["bytes_each_after_message"])
