"""The author's wing: run and clean notebooks, make and publish what students get, record experiments, make the data.

For authors: it needs nbclient, nbformat and nbgrader, which students never install. `python course.py` has the
commands (__main__.py). The scripts make_….py made the files of course_utils/bundled and a6's hidden images; the
PROVENANCE.md beside them says from what.
"""
