"""nbgrader for this course. Run its commands in this folder.

COURSE_SOURCE   a private folder that replaces `source` (closed marks)
COURSE_TERM     the name of the term, written into every release
term.key        beside this file, never committed: seeds the hidden inputs
"""

import importlib.util
import os
from pathlib import Path

from invigilator.adopt import adopt

c = get_config()  # noqa: F821 - given by the loader
here = Path(__file__).resolve().parent

c.CourseDirectory.root = str(here)
c.CourseDirectory.course_id = "real-name-real-face"
if os.environ.get("COURSE_SOURCE"):
    # An absolute folder; the layout inside is the one of `source`.
    c.CourseDirectory.source_directory = str(Path(os.environ["COURSE_SOURCE"]).resolve())

# One place for the term. A student's own data derive from it.
c.FillTerm.term = os.environ.get("COURSE_TERM", "practice")

# Nothing travels but notebooks and the files named in a source folder's files.txt.
c.CourseDirectory.ignore = ["*", ".*"]

c.RecordSkeleton.one_notebook = True

# Student code may read the course's tables, and an Argument crosses to its test by value.
library = Path(importlib.util.find_spec("realname").origin).parent
c.RecordSkeleton.readable = [str(library.parents[1] / "data"), str(library / "_data")]
c.RecordSkeleton.records = ["realname.law.argument:Argument", "realname.law.argument:Authority"]

# What replaces a solution is a comment: the given lines around it stay.
c.ClearSolutions.code_stub = {"python": "# Your answer here."}
c.ClearSolutions.text_stub = "Write your answer here, in place of this line."

# Hand-in is by folder or zip; the exchange, where someone wants it, is local.
c.Exchange.root = str(here / "exchange")
c.Exchange.timezone = "UTC"

adopt(c)
