"""How far the grader is and how long it will take: one changing line in a terminal, elsewhere a line now and then."""

import shutil
import sys
import time

EVERY = 15  # seconds between lines where there is no terminal
WIDTH = 24  # characters of the bar


class Progress:
    """`with Progress(40) as progress: progress.step("kim: 92 of 100")`, forty times."""

    def __init__(self, total: int, stream=None, clock=time.monotonic):
        self.total, self.done, self.clock = total, 0, clock
        self.stream = stream or sys.stderr
        self.terminal = self.stream.isatty()
        self.started = self.said = clock()
        self.shown = 0

    def __enter__(self):
        self._show("starting")
        return self

    def __exit__(self, *_):
        if self.terminal and self.shown:
            self.stream.write("\n")

    def step(self, text: str) -> None:
        """One more is done; `text` is about it."""
        self.done += 1
        self._show(text)

    def say(self, text: str) -> None:
        """A line that stays."""
        if self.terminal:
            self.stream.write("\r" + " " * self.shown + "\r")
        self.stream.write(text + "\n")
        self.stream.flush()

    def left(self) -> str:
        """The time left, in words."""
        if not self.done:
            return "time left not known yet"
        seconds = (self.clock() - self.started) / self.done * (self.total - self.done)
        return f"{seconds:.0f} s left" if seconds < 90 else f"{seconds / 60:.0f} min left"

    def _show(self, text) -> None:
        now = self.clock()
        if self.terminal:
            filled = WIDTH * self.done // max(1, self.total)
            line = f"[{'#' * filled}{'.' * (WIDTH - filled)}] {self.done} of {self.total}, {self.left()} · {text}"
            line = line[: shutil.get_terminal_size().columns - 1]
            self.stream.write("\r" + line.ljust(self.shown))
            self.shown = len(line)
        elif self.done == self.total or now - self.said >= EVERY or (self.done == 1 and now - self.started >= 1):
            self.said = now
            self.stream.write(f"{self.done} of {self.total} graded, {self.left()}\n")
        self.stream.flush()
