"""What a torture finds, and the line it prints."""

import sys


class Skip(Exception):
    """A torture that cannot be had on this machine, and why."""


class Report:
    """What a torture has found so far."""

    def __init__(self, name, rounds, scale=1):
        self.name, self.rounds, self.scale = name, rounds, scale
        self.done, self.misses, self.figures = 0, [], {}

    def most(self, figure, value):
        """Keeps the largest value of a figure."""
        self.figures[figure] = max(self.figures.get(figure, value), value)

    def add(self, figure, value=1):
        """Sums a figure up."""
        self.figures[figure] = self.figures.get(figure, 0) + value

    def miss(self, sentence):
        self.misses.append(f"round {self.done + 1}: {sentence}")
        print(f"  {self.name}, {self.misses[-1]}", file=sys.stderr, flush=True)

    def each(self, most_misses=3):
        """Counts rounds from 0; ends early when misses pile up."""
        for number in range(self.rounds):
            yield number
            self.done += 1
            if len(self.misses) >= most_misses:
                return

    def line(self, seconds):
        figures = ", ".join(
            f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}"
            for name, value in self.figures.items())
        result = "ok" if not self.misses else f"{len(self.misses)} MISSED"
        return f"{self.name}: {self.done} rounds, {result}{', ' if figures else ''}{figures} ({seconds:.0f} s)"
