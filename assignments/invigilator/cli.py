"""The command line: `invigilator autograde | feedback | mark | collect | sample-class | …`."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import lean, statuses
from .course import Course, CourseError
from .skeleton import SkeletonError

BROKEN = 1
"""Exit code: something has to be put right first; nothing was lost."""
INCOMPLETE = 3
"""Exit code: finished, but some submissions met an internal error."""


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    lean.start()
    options = parser().parse_args(words)
    try:
        return int(options.run(options) or 0)
    except KeyboardInterrupt:
        return fail("stopped; what was finished stays, run the same command again to go on", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN
    except (CourseError, SkeletonError) as error:
        return fail(str(error))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return fail(f"{where}{error.strerror or error}; put it right and run the same command "
                    "again: nothing that was finished is lost")
    except Exception as error:
        if type(error).__name__ in ONE_LINE:
            return fail(str(error))
        raise


ONE_LINE = ("GradebookError", "AnswersError", "SandboxUnavailable", "CollectError")
"""Errors whose text is one line for the teacher; their modules are loaded only when needed."""


def say(text: str) -> None:
    """Print for people, and show it at once."""
    print(text, flush=True)  # noqa: T201 - a command line


def fail(text: str, code: int = BROKEN) -> int:
    """One line on stderr."""
    print(f"invigilator: {text}", file=sys.stderr, flush=True)  # noqa: T201 - a command line
    return code


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = argparse.ArgumentParser(prog="invigilator", description=(
        "Mark nbgrader assignments: safe, fast, fair. Run it in the course folder."))
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Any, words: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=words, description=words)
        made.set_defaults(run=run)
        return made

    def in_course(made: argparse.ArgumentParser) -> None:
        made.add_argument("--course", metavar="FOLDER", help="course folder (default: here)")

    one = command("autograde", autograde, "Mark everybody who handed in; goes on where it stopped.")
    in_course(one)
    one.add_argument("assignments", nargs="+", metavar="ASSIGNMENT")
    one.add_argument("--student", action="append", metavar="ID", help="only this one; may repeat")
    one.add_argument("--force", action="store_true", help="mark again what is finished")
    one.add_argument("--workers", type=int, default=default_workers(), metavar="N")
    one.add_argument("--report", type=Path, metavar="FILE", help="write a machine-readable report")
    one.add_argument("--no-feedback", action="store_true", help="write no feedback pages")
    one.add_argument("--new-seed", action="store_true",
                     help="other hidden inputs than last time (a new collection)")
    one.add_argument("--quiet", action="store_true", help="no line for each student")
    engine_options(one)

    one = command("feedback", write_feedback, "Write feedback pages from marks as they stand now.")
    in_course(one)
    one.add_argument("assignments", nargs="+", metavar="ASSIGNMENT")
    one.add_argument("--student", action="append", metavar="ID")

    one = command("mark", mark, "Mark your own notebook, for a person studying alone.")
    one.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")
    one.add_argument("--page", action="store_true", help="also write a feedback page beside it")

    one = command("collect", collect, "Take in submissions from folders or archives, safely.")
    in_course(one)
    one.add_argument("assignment", metavar="ASSIGNMENT")
    one.add_argument("sources", nargs="+", type=Path, metavar="FOLDER-OR-ARCHIVE")
    one.add_argument("--pattern", metavar="REGEX", help="how file names give the student: a "
                     "regular expression with (?P<student>...)")
    one.add_argument("--roster", type=Path, metavar="CSV", help="only these students (column "
                     "'student', or the first column)")
    one.add_argument("--received", metavar="TIME", help="when they were received, with zone, such "
                     "as '2026-01-15 12:00 +0100' (default: now)")
    one.add_argument("--times", type=Path, metavar="CSV", help="when each was received, from your "
                     "learning platform: columns student,received")
    one.add_argument("--dry-run", action="store_true", help="say what would be taken")

    one = command("sample-class", sample_class, "Make a sample class from a recorded assignment.")
    in_course(one)
    one.add_argument("assignment", metavar="ASSIGNMENT")
    one.add_argument("--into", type=Path, metavar="FOLDER",
                     help="where (default: the course's folder for submissions)")

    one = command("demo", demo, "Make, mark and show a sample class of every problem set.")
    in_course(one)
    one.add_argument("--into", type=Path, required=True, metavar="FOLDER")
    one.add_argument("--workers", type=int, default=default_workers(), metavar="N")
    one.add_argument("assignments", nargs="*", metavar="ASSIGNMENT")
    engine_options(one)

    one = command("grade-table", grade_table, "Print student, exercise, marks, why.")
    in_course(one)
    one.add_argument("assignments", nargs="+", metavar="ASSIGNMENT")

    one = command("doctor", doctor, "Say what this machine can protect, and the repair.")
    in_course(one)
    one.add_argument("--json", action="store_true")
    return top


def engine_options(one: argparse.ArgumentParser) -> None:
    """Options of the sandbox."""
    one.add_argument("--layers", choices=("best", "landlock", "none"), default=None,
                     help="what protects this machine from student code; 'none' trusts everybody")
    one.add_argument("--limits", metavar="JSON", help="budgets, such as '{\"cell_seconds\": 5}'; "
                     "the names stand in invigilator/limits.py")


def default_workers() -> int:
    """One worker a processor this program may use, at most eight."""
    try:
        return min(8, len(os.sched_getaffinity(0)))
    except AttributeError:
        return min(8, os.cpu_count() or 1)


def course_of(options: argparse.Namespace) -> Course:
    """The course named by --course, or the one here."""
    from . import course
    return course.find(options.course)


def maker(course: Course, options: argparse.Namespace) -> Any:
    """A function that makes a Marker with the chosen sandbox and budgets."""
    from . import engine
    from .switches import switches
    limits = {}
    if options.limits:
        try:
            limits = dict(json.loads(options.limits))
        except (ValueError, TypeError):
            raise CourseError("--limits: write JSON such as '{\"cell_seconds\": 5}'") from None
    return engine.factory(switches(course.config), options.layers, limits)


def late_plugin(course: Course) -> Any:
    """The course's plugin for late work, as nbgrader would make it."""
    from nbgrader.preprocessors import AssignLatePenalties
    holder = AssignLatePenalties(config=course.config)
    holder.init_plugin()
    return holder.plugin_inst


def autograde(options: argparse.Namespace) -> int:
    """`invigilator autograde`: mark a class."""
    course, code = course_of(options), 0
    make = maker(course, options)
    for assignment in options.assignments:
        found = mark_class(course, assignment, make, options, pages=not options.no_feedback)
        if options.report:
            from . import report
            report.write(options.report, assignment, found.records, {"workers": options.workers})
        if any(record.status == statuses.INTERNAL for record in found.records):
            code = INCOMPLETE
    return code


def mark_class(course: Course, assignment: str, make: Any, options: Any, *, pages: bool) -> Any:
    """Mark one assignment with progress and a summary."""
    from . import engine, report
    from .coordinator import Coordinator
    from .switches import switches
    quiet = getattr(options, "quiet", False)
    started = time.monotonic()
    found = Coordinator(course, assignment, make, workers=max(1, options.workers), pages=pages,
                        new_seed=getattr(options, "new_seed", False),
                        late_plugin=late_plugin(course), prepare=engine.ready,
                        stderr_is_failure=switches(course.config).stderr_is_failure).run(
        getattr(options, "student", None), force=getattr(options, "force", False),
        progress=lambda *news: None if quiet else say(report.line(*news)))
    say(f"{assignment}: " + report.summary(found.records, time.monotonic() - started, found.marked))
    return found


def write_feedback(options: argparse.Namespace) -> int:
    """`invigilator feedback`: pages from the gradebook and the autograded notebooks."""
    from .pages import write_pages
    course = course_of(options)
    for assignment in options.assignments:
        started = time.monotonic()
        count = write_pages(course, assignment, options.student, say)
        say(f"{assignment}: {count} pages in {time.monotonic() - started:.1f} s, in "
            f"{course.folder('feedback', '…', assignment)}")
    return 0


def mark(options: argparse.Namespace) -> int:
    """`invigilator mark`: one's own notebook."""
    from . import alone, feedback, report
    code = 0
    for path in options.notebooks:
        if not path.is_file():
            raise CourseError(f"{path}: there is no such file; name a notebook (.ipynb)")
        say(f"{path.name}: running your notebook and its checks …")
        found = alone.mark(path)
        record = found.record
        say(report.table(report.rows([record]), width()))
        if record.status != statuses.GRADED:
            say(record.sentence)
            code = BROKEN
        say(f"{report.number(record.score)} of {report.number(record.max_score)} automatic points, "
            f"by {found.checks}.")
        if options.page:
            page = path.with_suffix(".feedback.html")
            page.write_text(feedback.page(found.notebook, path.stem, record.score,
                                          record.max_score), encoding="utf-8")
            say(f"Feedback page: {page}")
    return code


def width() -> int:
    """Columns of the screen."""
    return shutil.get_terminal_size((110, 40)).columns


def collect(options: argparse.Namespace) -> int:
    """`invigilator collect`: submissions from folders and archives."""
    from .collect import Collector
    collector = Collector(course_of(options), options.assignment, pattern=options.pattern,
                          roster=options.roster, received=options.received, times=options.times)
    found = collector.collect(options.sources, dry_run=options.dry_run)
    for line in found.lines():
        say(line)
    return BROKEN if found.refused or not found.taken else 0


def sample_class(options: argparse.Namespace) -> int:
    """`invigilator sample-class`: hand in a made-up class."""
    from . import sampleclass, skeleton
    course = course_of(options)
    names = skeleton.notebooks(course.root, options.assignment)
    recorded = skeleton.recorded(course.root, options.assignment,
                                 names[0] if names else options.assignment)
    wrong = sampleclass.wrong_answers(
        sampleclass.answers_file(course.root / "rubrics", options.assignment))
    samples = sampleclass.build(recorded, wrong)
    into = options.into or Path(str(course.folder("submitted", "@", options.assignment)
                                    ).split("@")[0])
    sampleclass.hand_in(samples, into, options.assignment)
    say(f"{options.assignment}: {len(samples)} sample submissions in {into}")
    return 0


def demo(options: argparse.Namespace) -> int:
    """`invigilator demo`: what `make grade` shows."""
    from .demonstration import show
    course = course_of(options)
    return show(course, options.into, options.assignments, options, maker(course, options))


def grade_table(options: argparse.Namespace) -> int:
    """`invigilator grade-table`: the marks of a class with their reasons."""
    from . import records, report
    course = course_of(options)
    for assignment in options.assignments:
        found = list(records.every(course.root, assignment))
        if not found:
            raise CourseError(f"{assignment}: nothing is marked yet; run "
                              f"`invigilator autograde {assignment}` first")
        say(report.table(report.rows(found), width()))
    return 0


def doctor(options: argparse.Namespace) -> int:
    """`invigilator doctor`: what holds here."""
    from .doctor import run
    return run(options.course, as_json=options.json)
