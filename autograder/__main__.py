"""`python -m autograder`, also installed as `course-grade`: see command.py."""

import os
import sys

# Started with -m, Python looks for modules in the current folder first. It may hold submissions, and one of them may
# be called numpy.py.
if not sys.flags.safe_path and sys.path and sys.path[0] in ("", os.getcwd()):
    del sys.path[0]

from autograder.command import main

if __name__ == "__main__":
    sys.exit(main())
