"""The core of the autograder: run a submission in one process, decide its points in another.

questions.py  what a question is: inputs, probe, decider
graft.py      a submission's answers, put in the place of the model answers
answers.py    what the first process may tell the second: plain arrays and text
deciding.py   from an array and the expected one to points and a sentence that helps
children.py   the two child processes, forked from a warm one on Linux
engine.py     `grade`: puts them together

**There is no confinement here yet.** The two processes keep a submission away from the decider's memory, so that
it cannot change its own points, by accident or by a patched NumPy. They do not keep it away from files, the network
or other processes: grade only work that you trust as much as your own. There is deliberately no command for more.
"""
