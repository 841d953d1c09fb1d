"""Write the feedback pages of a class from the gradebook and the autograded notebooks."""

from __future__ import annotations

import json

from . import results
from .course import Course, CourseError
from .gradebook import Book
from .skeleton import write_whole


def write_pages(course: Course, assignment: str, students: list[str] | None = None) -> int:
    """One page a notebook, with manual marks and comments as they stand. Returns how many."""
    with Book(course.db_url, course.course_id, assignment) as book:
        standings = book.standings()
    unknown = sorted(set(students or ()) - set(standings))
    if unknown:
        raise CourseError(f"{assignment}: {unknown[0]} is not in the gradebook; mark it first")
    count = 0
    for student in sorted(students or standings):
        for name, standing in sorted(standings[student].items()):
            source = course.folder("autograded", student, assignment) / f"{name}.ipynb"
            if not source.exists():
                continue
            notebook = json.loads(source.read_text(encoding="utf-8"))
            for cell in notebook["cells"]:
                if isinstance(cell["source"], list):
                    cell["source"] = "".join(cell["source"])
            page = course.folder("feedback", student, assignment) / f"{name}.html"
            write_whole(page, results.render(notebook, name, standing))
            count += 1
    return count
