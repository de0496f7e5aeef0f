"""The autograder: grades a folder of submissions, fast, and safe against what is in them.

    python -m course_utils.grading grade a1 submissions/ --out results/

The engine, in the order in which a submission passes through it:

    questions.py  what a question is: inputs, probe, decider; or a person
    engine.py     `grade`: the result of one submission      running.py  read, run, decide, each in a child of its own
    launch.py     the grader's side of the children          wire.py     messages to and from them
    warm.py       the process they are forked from           keeper.py   watches over one, ends it for certain
    confine.py    the walls around a child, in their order   bubble.py   bubblewrap around them all
      landlock.py which files can be opened                  cgroup.py   memory, counted by the kernel
      seccomp.py  which system calls work                    sweep.py    what a child can leave, and its removal
      visible.py  what a child may read at all
    children.py   what the children do
      graft.py    child 1 takes the notebook apart and puts the answers in place of the model answers
      answers.py  child 2 runs them; what it may hand on: plain arrays and text
      deciding.py child 3 decides; from an array and the expected one to points and a sentence that helps
      rebuild.py  a model from its configuration, for checks that need one

Around it: command.py, the command; inbox.py finds the submissions; scale.py spreads them over workers (worker.py) or a
cluster; records.py keeps the results; reports.py, feedback.py and gradescope.py show them; progress.py: how far it is.

How it is defended
------------------
A submission is a program by a stranger. The grader itself only copies its bytes. Child 1 parses them, child 2 runs
them, child 3 never sees them: it gets plain arrays and holds the expected ones. What is expected, the deciders, the
solution, other submissions and the results are in no memory and no file that child 2 can reach; inputs come from a
secret seed when it is their turn. All three children stand behind the walls of confine.py, with a clean environment.

**Defended.** Points: nothing that child 2 does, patches or sends gives points but an array that is right. Files: it
opens Python's installation and its own empty folder, nothing else; it changes nothing outside that folder. The
machine: no network, no other processes or programs, no signals to others, limits on time, memory, threads, files and
output. After grading nothing runs and no file is left. One question's crash, flood or endless loop costs that question.
Before the first submission a child tries what Landlock and seccomp must keep from it; unless all of that fails, the
grader refuses.

**Not defended.**
- Holes in the kernel, in CPython's and NumPy's handling of an array in the deciding child (it is behind the same
  walls, and may read the checks), side channels of the processor. For exams with a high stake, use a virtual machine.
- That a file exists, its size and date, can be asked for (not in bubblewrap); its content cannot.
- What a function does *besides* what it returns is witnessed by its own process: "it did not change its argument" can
  be feigned. Deciders must not believe what they can compute, for instance the weights that a model claims to have.
- A student's messages show shapes and error texts that the student's code chose. They hold nothing that was secret
  from it; in a follow-on look, where a model answer is in reach, error texts are left out, shapes are not.
- Answers that are copied or bought. In a public repository hidden checks are public too: seeds stay secret, and a
  private folder of checks can take their place.
- The same user's processes outside, which the kernel lets at the grader itself. Checks and the solution are trusted.
- Other systems than Linux, and `--no-sandbox`: nothing but the separate processes and the limits of time remains.
"""
