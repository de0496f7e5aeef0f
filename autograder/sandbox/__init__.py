"""The sandbox: runs a function of the grader in a child process that can reach nothing else. See README.md here."""
