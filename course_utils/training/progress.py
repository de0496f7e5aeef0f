"""How far a comparison is: a line that changes in a terminal or a notebook, one line a run elsewhere."""

import shutil
import statistics
import sys
import time


class Progress:
    """Args: shown, or silent but for `say`; the runs to come, pairs (variant, seed), in order; epochs a run; steps an
    epoch; seconds a run took before, by variant, to foretell the time that is left."""

    def __init__(self, shown, places, epochs, steps, known):
        self.shown, self.places, self.epochs, self.steps = shown, list(places), epochs, steps
        self.took = {variant: [seconds] for variant, seconds in known.items()}
        self.began, self.drawn, self.finished, self.width = time.monotonic(), 0.0, 0, 0
        self.cell = _notebook_cell() if shown else None
        self.live = shown and (self.cell is not None or sys.stdout.isatty())

    def begin(self, variant, seed):
        """A run starts."""
        self.variant, self.seed, self.run_began = variant, seed, time.monotonic()
        self._draw(f"{variant}, seed {seed}: building")

    def step(self, epoch, step, loss):
        """A step of it is done; both counted from 1."""
        if time.monotonic() - self.drawn > 0.3:
            share = ((epoch - 1) * self.steps + step) / (self.epochs * self.steps)
            left = clock(self._left(share))
            text = f"{self.variant}, seed {self.seed}: epoch {epoch} of {self.epochs}, loss {loss:.3f}"
            self._draw(f"{text} · about {left} left", share)

    def end(self, run):
        """The run is finished, or diverged, which is said even where no progress is shown."""
        self.finished += 1
        self.took.setdefault(self.variant, []).append(time.monotonic() - self.run_began)
        name = f"{self.variant}, seed {self.seed}"
        if run["diverged"]:
            self.say(f"{name}: diverged, {run['diverged']}. A lower learning rate or normalisation may help.")
        elif self.shown and self.cell is None:
            loss, accuracy = run["history"]["loss"][-1], run["history"]["test_accuracy"][-1]
            left = f" · about {clock(self._left())} left" if self.finished < len(self.places) else ""
            self.say(f"{name}: loss {loss:.3f}, test accuracy {accuracy:.3f}, {run['seconds']:.1f} s{left}")

    def close(self, text):
        """The last line, in place of the changing one."""
        if self.cell is not None:
            self.cell.update({"text/plain": text}, raw=True)
        elif self.shown:
            self.say(text)

    def say(self, text):
        """A line that stays."""
        self._erase()
        print(text, flush=True)

    def seconds(self):
        """Since the start."""
        return time.monotonic() - self.began

    def _left(self, share=0.0):
        """Seconds: every run that is to come takes as long as its variant took before, an unknown one the mean."""
        means = {variant: statistics.mean(seconds) for variant, seconds in self.took.items()}
        waiting, now = self.places[self.finished :], 0.0
        if share:
            so_far = time.monotonic() - self.run_began
            means.setdefault(self.variant, so_far / share)
            now, waiting = max(means[self.variant] * (1 - share), 0), waiting[1:]
        usual = statistics.mean(means.values()) if means else 0
        return now + sum(means.get(variant, usual) for variant, _ in waiting)

    def _draw(self, text, share=0.0):
        if not self.live:
            return
        self.drawn = time.monotonic()
        full = round(20 * (self.finished + share) / len(self.places))
        line = f"[{'#' * full}{'.' * (20 - full)}] run {self.finished + 1} of {len(self.places)} · {text}"
        if self.cell is not None:
            self.cell.update({"text/plain": line}, raw=True)
            return
        line = line[: shutil.get_terminal_size().columns - 1]
        print("\r" + line.ljust(self.width), end="", flush=True)
        self.width = len(line)

    def _erase(self):
        if self.width:
            print("\r" + " " * self.width, end="\r")
            self.width = 0


def clock(seconds):
    """A time as people say it: "45 s", "3 min 20 s", "2 h 5 min"."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    return (
        f"{seconds // 60} min {seconds % 60} s" if seconds < 3600 else f"{seconds // 3600} h {seconds % 3600 // 60} min"
    )


def _notebook_cell():
    """A place below the running cell whose text can be replaced, or None outside a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if not hasattr(shell, "kernel"):
        return None
    display = sys.modules["IPython"].display.display
    return display({"text/plain": ""}, raw=True, display_id=True)
