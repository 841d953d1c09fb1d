"""Write the feedback pages of a class from the gradebook and the autograded notebooks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from . import results
from .course import Course, CourseError
from .gradebook import Book, Standing
from .renderer import Renderer
from .skeleton import write_whole


def write_pages(course: Course, assignment: str, students: list[str] | None = None,
                tell: Callable[[str], None] = lambda _: None) -> int:
    """One page a notebook, with manual marks and comments as they stand. Returns how many.

    ``tell`` hears of each page that could show the marks alone.
    """
    with Book(course.db_url, course.course_id, assignment) as book:
        standings = book.standings()
    unknown = sorted(set(students or ()) - set(standings))
    if unknown:
        raise CourseError(f"{assignment}: {unknown[0]} is not in the gradebook; mark it first")
    with Renderer() as renderer:
        return sum(_pages(course, assignment, student, standings[student], renderer, tell)
                   for student in sorted(students or standings))


def _pages(course: Course, assignment: str, student: str, standing: Mapping[str, Standing],
           renderer: Renderer, tell: Callable[[str], None]) -> int:
    notes: list[str] = []
    count = 0
    for name, stands in sorted(standing.items()):
        source = course.folder("autograded", student, assignment) / f"{name}.ipynb"
        if not source.exists():
            continue
        notebook = json.loads(source.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if isinstance(cell["source"], list):
                cell["source"] = "".join(cell["source"])
        page = course.folder("feedback", student, assignment) / f"{name}.html"
        made = results.shown(notebook, name, stands, renderer, notes)
        write_whole(page, made.encode("utf-8", "replace").decode())
        count += 1
    for note in notes:
        tell(f"{assignment}: {student}: {note}")
    return count
