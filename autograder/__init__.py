"""The autograder: grades a folder of submissions, fast, and safe against what is in them.

    course-grade grade a1 submissions/ --out results/            (README.md beside this file: for instructors)

The engine, in the order in which a submission passes through it:

    questions.py   what a question is: inputs, probe, decider; or a person
    imports.py     which of the course's modules the checks, and so a result, depend on
    engine.py      `grade`: the result of one submission
    running.py     read, run, decide: what each child is asked, and what it means when one ends before its time
    children.py    what the children do
      notebook.py  child 1 reads the notebook
      plan.py      … and says what is run of it, in which order, and where each question is probed
      cells.py     a cell's source as Python, its names, stub or answer
      shell.py     child 2 runs cells as Jupyter does
      answers.py   … and what it may hand on: plain arrays and text
      deciding.py  child 3 decides; from an array and the expected one to points and a sentence that helps
      telling.py   how it is told to a student
      sentences.py … in sentences that can be told in other languages
      rebuild.py   a model from its configuration, for checks that need one
    sandbox/       starts a child, confines it, watches over it and ends it; its README says what that protects

Around it:

    command.py     the command; options.py, what it takes; solution.py looks at the solution before the first student
    inbox/         finds the submissions; broken.py, what a file is that is no notebook
    batch.py       grades what is new or changed; scale.py spreads it over workers (worker.py) or a cluster
    records.py     keeps the results; marks.py, the marks that a person gives
    gradebook.py   the class as it stands: results, marks, roster.py and lateness.py put together
    results.py     writes everything: reports.py (tables), changes.py, similar.py (with normal_form.py), statistics.py,
                   feedback.py and pages.py (templates/), returns.py (learning platforms), gradescope.py
    languages.py   the language of a notebook, and catalogues (locale/) of what students read
"""

__version__ = "0.1.0"
