"""A grading engine for nbgrader courses: student code never shares a process with a test.

`expect` holds the checks that students and grader share. The engine reads like its diagram: a
coordinator hands a submission to an examiner, which holds the tests; the examiner asks a
candidate, which runs the student's code in a sandbox and answers in plain data. See README.md.
"""
