"""The autograder: grades a folder of submissions, fast, and safe against what is in them.

    course-grade grade a1 submissions/ --out results/            (README.md beside this file: for instructors)

The engine, in the order in which a submission passes through it:

    questions.py   what a question is: inputs, probe, decider; or a person
    imports.py     which of the course's modules the checks, and so a result, depend on
    engine.py      `grade`: the result of one submission
    running.py     read, run, decide: what each child is asked, and what it means when one ends before its time
    children.py    what the children do
      notebook.py  child 1 takes the notebook apart and puts the answers in place of the model answers
      answers.py   child 2 runs them; what it may hand on: plain arrays and text
      deciding.py  child 3 decides; from an array and the expected one to points and a sentence that helps
      rebuild.py   a model from its configuration, for checks that need one
    sandbox/       starts a child, confines it, watches over it and ends it; its README says what that protects

Around it: command.py, the command; inbox/ finds the submissions; scale.py spreads them over workers (worker.py) or a
cluster; records.py keeps the results; reports.py, feedback.py and gradescope.py show them.
"""

__version__ = "0.1.0"
