"""What `make bench` is held against: a goal for each figure, and whether more or less is better."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """A bound on a figure's ratio to what stands beside it, or on the figure itself."""

    bound: float
    at_least: bool
    of_ratio: bool = True

    def reached(self, value, ratio):
        figure = ratio if self.of_ratio else value
        return figure >= self.bound if self.at_least else figure <= self.bound

    def words(self, unit):
        return f"{'≥' if self.at_least else '≤'} {self.bound:g}{'×' if self.of_ratio else ' ' + unit}"


def ratio_of(bound):
    return Goal(bound, True)


def at_most(bound):
    return Goal(bound, False, of_ratio=False)


GOALS = {
    "send-2core": ratio_of(3.5),
    "send-2core-ceiling": ratio_of(0.7),
    "send-2core-p99": at_most(6),
    "send-slow": ratio_of(14),
    "send-slow-p99": at_most(12),
    "refusal-811": ratio_of(0.6),
    "refusal-bad": ratio_of(0.6),
    "handshake-full": ratio_of(1.0),
    "handshake-resumed": ratio_of(1.2),
    "http2": ratio_of(0.8),
    "argon2": ratio_of(0.95),
    "beside-passwords": ratio_of(0.85),
    "life-get-p99": Goal(2, False),
    "life-search-p99": Goal(2, False),
    "life-save-p99": Goal(2, False),
    "stop-10000": at_most(1000),
    "schedules-memory": Goal(1.1, False),
    "scan-ascii-1000": ratio_of(0.8),
    "scan-ascii-100000": ratio_of(0.8),
    "scan-unicode": at_most(5),
    "cpu-keywords": Goal(1.2, False),
    "cpu-accounts": Goal(1.2, False),
    "cpu-messages": Goal(1.2, False),
    "memory-load": at_most(40),
    "memory-idle": at_most(8),
    "start-cached": at_most(250),
    "start-compiling": at_most(2000),
}
