"""How far a comparison is: tqdm's bar in a terminal or a notebook, one line a run elsewhere."""

import time

from tqdm.auto import tqdm


class Progress:
    """Args: shown, or silent but for `say`; how many runs are to come, and how many steps each has."""

    def __init__(self, shown, runs, steps):
        self.began, self.shown = time.monotonic(), shown
        # disable=None: no bar where nobody looks, such as a log file. One look a second: in a notebook each sends
        # messages, and a program that runs a cell and reads them afterwards, as nbval does, loses some of thousands.
        hidden = None if shown and runs else True
        self.bar = tqdm(total=runs * steps, unit="step", leave=False, mininterval=1, disable=hidden)

    def begin(self, name):
        """A run starts."""
        self.bar.set_description(name)

    def step(self, epoch, loss):
        """A step of it is done."""
        if not self.bar.disable:
            self.bar.set_postfix_str(f"epoch {epoch}, loss {loss:.3f}", refresh=False)
        self.bar.update()

    def end(self, name, run):
        """The run is finished, or diverged, which is said even where no progress is shown."""
        if run["diverged"]:
            self.say(f"{name}: diverged, {run['diverged']}. A lower learning rate or normalisation may help.")
        elif self.shown and self.bar.disable:
            loss, accuracy = run["history"]["loss"][-1], run["history"]["test_accuracy"][-1]
            self.say(f"{name}: loss {loss:.3f}, test accuracy {accuracy:.3f}, {run['seconds']:.1f} s")

    def close(self, text=""):
        """The bar goes; a last line in its place."""
        self.bar.close()
        if self.shown and text:
            self.say(text)

    def say(self, text):
        """A line that stays."""
        tqdm.write(text)
