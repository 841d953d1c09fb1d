"""The engine inside stock nbgrader: preprocessors for generate, autograde and validate.

Order in `nbgrader generate_assignment`: ``FillTerm``, then stock, with
``RememberSource`` before solutions are cleared and ``RecordSkeleton`` after the cells
are saved. Order in `nbgrader autograde`: ``CarefulExporter`` reads the file,
``Sanitise`` comes first, ``Execute`` runs it, ``SaveMarks`` writes the gradebook.
"""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert.exporters.notebook import NotebookExporter
from nbconvert.preprocessors import Preprocessor
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import (
    ClearHiddenTests,
    ClearMarkScheme,
    NbGraderPreprocessor,
    SaveAutoGrades,
)
from nbgrader.preprocessors import Execute as StockExecute
from nbgrader.preprocessors.execute import UnresponsiveKernelError
from traitlets import Bool, Enum, List, Unicode

from . import (
    engine,
    feedback,
    records,
    renderer,
    results,
    seeds,
    skeleton,
    statuses,
    submission,
)
from .course import read_stamp
from .hidden import BEGIN, BEGIN_SCHEME, END, END_SCHEME
from .limits import FILES_BESIDE
from .switches import Invigilator, switches

TERM_LINE = re.compile(r"^TERM\s*=\s*(['\"]).*\1[ \t]*$", re.MULTILINE)
RENAMED: dict[str, str] = {}
DELIMITERS = [
    (ClearHiddenTests, "begin_test_delimeter", BEGIN),
    (ClearHiddenTests, "end_test_delimeter", END),
    (ClearMarkScheme, "begin_mark_scheme_delimeter", BEGIN_SCHEME),
    (ClearMarkScheme, "end_mark_scheme_delimeter", END_SCHEME),
]


def coursedir(configurable: Any) -> Any:
    """nbgrader's CourseDirectory of the application above this object, None without one."""
    above = configurable
    while above is not None:
        found = getattr(above, "coursedir", None)
        if found is not None:
            return found
        above = getattr(above, "parent", None)
    return None


def course_root(configurable: Any) -> str:
    """The course folder that the nbgrader application above this object works in."""
    found = coursedir(configurable)
    return os.getcwd() if found is None else str(found.root)


class FillTerm(NbGraderPreprocessor):
    """Write the term's name into the setup cell, so that it is kept in one place only."""

    term = Unicode("", help="Replaces the text in a line `TERM = \"...\"` of a locked cell. "
                            "Empty: leave the line as it is.").tag(config=True)

    def preprocess_cell(self, cell: Any, resources: Any, index: int) -> tuple[Any, Any]:
        if self.term and cell.cell_type == "code" and utils.is_locked(cell):
            cell.source = TERM_LINE.sub(f"TERM = {json.dumps(self.term)}", cell.source)
        return cell, resources


class RememberSource(NbGraderPreprocessor):
    """Keep the text of every cell before its solution is cleared."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        resources["invigilator_sources"] = [cell.source for cell in nb.cells]
        return nb, resources


class RecordSkeleton(NbGraderPreprocessor):
    """Record the version that later submissions are marked against."""

    listed_files = Unicode("files.txt", help="A list in the source folder, one path a line: the "
                           "files that leave with the release. Without it: those that nbgrader "
                           "copies.").tag(config=True)
    records: List = List(help="Dataclasses that answers may hold, as 'package.module:Name'."
                   ).tag(config=True)
    readable: List = List(help="Folders that student code may read, such as a course's data."
                    ).tag(config=True)
    rubrics = Unicode("rubrics", help="Folder with the listed wrong answers (psNN-answers.yml)."
                      ).tag(config=True)
    decide = Enum(("now", "later"), "now", help="When to run the reference and the wrong answers: "
                  "at generate, or before the first marking.").tag(config=True)
    one_notebook = Bool(False, help="Refuse a source folder whose notebook is not named like it."
                        ).tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        about, root = resources["nbgrader"], course_root(self)
        self._refuse_other_delimiters()
        if self.one_notebook and about["notebook"] != about["assignment"]:
            raise RuntimeError(f"{about['notebook']}.ipynb: only {about['assignment']}.ipynb "
                               "belongs in this source folder; move the other away")
        place = Path(resources["metadata"]["path"])
        listed = self._listed(place)
        files = self._beside(place) if listed is None else listed
        keep = skeleton.folder(root, about["assignment"]) / "files"
        shutil.rmtree(keep, ignore_errors=True)
        for name, data in files.items():
            (keep / name).parent.mkdir(parents=True, exist_ok=True)
            (keep / name).write_bytes(data)
        made = skeleton.build(
            about["assignment"], about["notebook"], nb, resources["invigilator_sources"],
            records=tuple(self.records), readable=tuple(filter(os.path.isdir, self.readable)))
        skeleton.record(root, self._settled(root, made))
        resources.setdefault("outputs", {})
        resources["outputs"].update(listed or {})
        return nb, resources

    def _refuse_other_delimiters(self) -> None:
        """Refuse settings by which something that is hidden from students would be shown."""
        for kind, name, looked_for in DELIMITERS:
            if getattr(kind(parent=self.parent), name) != looked_for:
                raise RuntimeError(f"{kind.__name__}.{name}: the engine looks for '{looked_for}', "
                                   "so what is hidden would be shown; remove this setting and "
                                   "use these words in the source")

    def _settled(self, root: str, made: skeleton.Skeleton) -> skeleton.Skeleton:
        """Names measured and modes decided by the engine; kept while nothing has changed."""
        if switches(self.config).engine == "kernel" or self.decide == "later":
            return made
        if not engine.available():
            self.log.warning("%s: %s", made.notebook, engine.ELSEWHERE)
            return made
        return engine.settle(root, made, self.rubrics)

    def _beside(self, source: Path) -> dict[str, bytes]:
        """Without a list: what nbgrader itself copies into the release, up to a ceiling."""
        ignored = [*getattr(coursedir(self), "ignore", ()), "*.ipynb", ".*"]
        there = map(Path, sorted(utils.find_all_files(str(source), ignored)))
        sizes = {path: path.stat().st_size for path in there
                 if path.is_file() and not path.is_symlink()}
        found: dict[str, bytes] = {}
        left: list[str] = []
        total = 0
        for path in sorted(sizes, key=lambda path: sizes[path]):
            name = path.relative_to(source).as_posix()
            total += sizes[path]
            if total > FILES_BESIDE:
                left.append(name)
            else:
                found[name] = path.read_bytes()
        if left:
            engine.warn(f"{source}: more than {FILES_BESIDE >> 20} MiB lie beside the notebook; "
                        f"answers and tests will not see {', '.join(left)}; name what they need "
                        f"in {self.listed_files}")
        return found

    def _listed(self, source: Path) -> dict[str, bytes] | None:
        """What the list names; None if there is no list."""
        listing = source / self.listed_files
        if not self.listed_files or not listing.exists():
            return None
        found = {}
        for line in listing.read_text(encoding="utf-8").splitlines():
            name = line.strip()
            if not name or name.startswith("#"):
                continue
            path = (source / name).resolve()
            if not path.is_relative_to(source.resolve()) or not path.is_file():
                raise FileNotFoundError(f"{listing}: '{name}' is not a file in this folder; "
                                        "correct the list")
            found[name] = path.read_bytes()
        return found


class CarefulExporter(NotebookExporter):
    """Read what was handed in without raising: a broken file becomes a notebook of blanks."""

    def from_filename(self, filename: str, resources: Any = None, **kw: Any) -> tuple[Any, Any]:
        if resources is None or not getattr(self.parent, "_sanitizing", False):
            return super().from_filename(filename, resources, **kw)
        about = resources["nbgrader"]
        recorded = skeleton.recorded(course_root(self), about["assignment"], about["notebook"])
        given = submission.read_file(RENAMED.pop(filename, filename))
        resources["metadata"] = {"name": about["notebook"], "path": os.path.dirname(filename)}
        resources["invigilator"] = describe(given)
        merged = submission.merge(given, recorded)
        nb = submission.assemble(merged, recorded, about=resources["invigilator"])
        return self.from_notebook_node(nbformat.from_dict(nb), resources=resources, **kw)


def describe(given: submission.Submission) -> dict[str, Any]:
    """What the autograded notebook says about itself before it is run."""
    status = statuses.GRADED if given.readable else statuses.UNREADABLE
    return {"status": status, "sentence": statuses.sentence(status, given.problem),
            "sha256": given.sha256}


class Sanitise(NbGraderPreprocessor):
    """Keep of a submission its answers and its own extra cells, nothing else.

    Edited, deleted, duplicated, retyped and reordered test cells change nothing: they are
    taken from the recorded skeleton. Comes first in ``Autograde.sanitize_preprocessors``.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        about, root = resources["nbgrader"], course_root(self)
        recorded = skeleton.recorded(root, about["assignment"], about["notebook"])
        if "invigilator" not in resources:
            given = submission.read_bytes(json.dumps(nb).encode())
            resources["invigilator"] = describe(given)
            merged = submission.merge(given, recorded)
            nb = nbformat.from_dict(submission.assemble(
                merged, recorded, about=resources["invigilator"]))
        resources.setdefault("outputs", {})
        if not self._copied_by_nbgrader(about["assignment"]):
            resources["outputs"].update(beside(root, about["assignment"]))
        stamp = read_stamp(Path(resources["metadata"]["path"]))
        if stamp is not None:
            # nbgrader compares it with the next submission's to see that one is newer
            resources["outputs"]["timestamp.txt"] = stamp
        return nb, resources

    def _copied_by_nbgrader(self, assignment: str) -> bool:
        """Without a list nbgrader brings what lies in the source, by its own settings."""
        course = coursedir(self)
        if course is None:
            return False
        source = Path(course.format_path(course.source_directory, ".", assignment))
        listing = source / RecordSkeleton(parent=self.parent).listed_files
        return source.is_dir() and not listing.is_file()


def beside(root: str, assignment: str) -> dict[str, bytes]:
    """The files that were released with an assignment, as recorded then."""
    keep = skeleton.folder(root, assignment) / "files"
    return {str(path.relative_to(keep)): path.read_bytes()
            for path in (sorted(keep.rglob("*")) if keep.is_dir() else ()) if path.is_file()}


class Execute(StockExecute):
    """Run a sanitised notebook in a kernel of its own and never stop the batch.

    The kernel learns who handed it in through ``INVIGILATOR_SUBMISSION``. When the kernel
    dies or hangs, the tests that were not reached fail instead of passing by default.
    """

    def preprocess(self, nb: Any, resources: Any, km: Any = None) -> tuple[Any, Any]:
        """Mark a submission; without one (`nbgrader validate`) just run the notebook."""
        self._reached: set[int] = set()
        if "nbgrader" not in resources:
            return self._validate(*super().preprocess(nb, resources, km))
        about = nb.metadata.get("invigilator", {})
        found = self._context = self._who(resources)
        mine = switches(self.config)
        if mine.engine == "auto":
            return self._by_engine(nb, resources, found, mine)
        status = about.get("status", statuses.GRADED)
        if status == statuses.GRADED:
            try:
                nb, resources = super().preprocess(nb, resources, km)
            except (DeadKernelError, RuntimeError):
                status = statuses.DIED
            except (CellTimeoutError, UnresponsiveKernelError):
                status = statuses.TIMED_OUT
        if status != statuses.GRADED:
            self._fail_unreached(nb, status)
        nb.metadata["invigilator"] = {**about, "status": status, "sentence":
                                      about.get("sentence", "") if status == about.get("status")
                                      else statuses.sentence(status)}
        resources["invigilator"] = dict(nb.metadata["invigilator"])
        return nb, resources

    def _validate(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """`nbgrader validate`: one's own notebook in a kernel, where a warning costs nothing."""
        if not switches(self.config).stderr_is_failure:
            for cell in nb.cells:
                if cell.cell_type == "code" and utils.is_grade(cell):
                    cell.outputs = [one for one in cell.outputs if one.get("name") != "stderr"]
        return nb, resources

    def _by_engine(self, nb: Any, resources: Any, who: dict[str, Any], mine: Invigilator
                   ) -> tuple[Any, Any]:
        """Answers in the sandbox, tests apart; the notebook gets outputs as from a kernel."""
        about, root = resources["nbgrader"], course_root(self)
        recorded = engine.ready(root, skeleton.recorded(root, about["assignment"],
                                                        about["notebook"]))
        given = submission.read_bytes(json.dumps(nb).encode())
        merged = submission.merge(given, recorded)
        said = dict(nb.metadata.get("invigilator", {}))
        status, result = said.get("status", statuses.GRADED), None
        if status == statuses.GRADED:
            make = engine.factory(mine, limits={**self._timeout(), **mine.limits})
            result = engine.shared.mark(make, recorded, merged, who["student"],
                                        str(who["seed"]), who["roster"])
            status = result.status
        if not stays_warm(self):
            engine.shared.close()
        cells = results.cell_marks(recorded, result, status, mine.stderr_is_failure)
        said |= {"status": status}
        if status != statuses.GRADED and result is not None:
            said["sentence"] = statuses.sentence(status)
        made = results.notebook(recorded, merged, result, cells, said)
        resources["invigilator"] = said
        resources["invigilator_scores"] = {name: cell["score"] for name, cell in cells.items()}
        return nbformat.from_dict(made), resources

    def _timeout(self) -> dict[str, float]:
        """Stock's `Execute.timeout`, where a course or a command line sets it."""
        if not self.timeout or self.timeout == type(self).timeout.default_value:
            return {}
        return dict.fromkeys(("cell_seconds", "test_seconds"), float(self.timeout))

    def _who(self, resources: Any) -> dict[str, Any]:
        about, root = resources["nbgrader"], course_root(self)
        with Gradebook(about["db_url"]) as gradebook:
            roster = {student.id for student in gradebook.students}
        submitted = Path(root) / "submitted"
        if submitted.is_dir():
            roster |= {entry.name for entry in submitted.iterdir() if entry.is_dir()}
        return {"student": about["student"], "roster": sorted(roster),
                "seed": seeds.collection_seed(root, about["assignment"])}

    def start_new_kernel(self, **kwargs: Any) -> None:
        context = getattr(self, "_context", None)
        if context:
            kwargs["env"] = {**os.environ, **kwargs.get("env", {}),
                             "INVIGILATOR_SUBMISSION": json.dumps(context),
                             "JUPYTERHUB_USER": context["student"]}
        super().start_new_kernel(**kwargs)

    def on_cell_execute(self, cell: Any, cell_index: int) -> None:
        """Name the cell in the request, so that a check finds an answer by its grade_id."""
        name = cell.metadata.get("nbgrader", {}).get("grade_id") or cell.get("id", "")
        self.kc.session.metadata = {"cellId": name}

    def on_cell_executed(self, **kwargs: Any) -> None:
        super().on_cell_executed(**kwargs)
        self._reached.add(kwargs["cell_index"])

    def _fail_unreached(self, nb: Any, status: str) -> None:
        for index, cell in enumerate(nb.cells):
            if cell.cell_type == "code" and utils.is_grade(cell) and index not in self._reached:
                words = statuses.PLAIN[status]
                cell.outputs = [nbformat.v4.new_output(
                    "error", ename="NotMarked", evalue=words, traceback=[f"NotMarked: {words}"])]


def stays_warm(configurable: Any) -> bool:
    """Is this a command that marks many in a row (not a button in a server)?"""
    above = configurable
    while above is not None:
        if type(above).__name__ == "AutogradeApp":
            return True
        above = getattr(above, "parent", None)
    return False


def mark_of(cell: Any, mine: Invigilator | None = None) -> tuple[float | None, float]:
    """Automatic mark and points of an executed grade cell.

    As stock, but text on stderr costs nothing and partial credit is clamped, unless the
    switches say otherwise.
    """
    mine = mine or Invigilator()
    if not mine.clamp_partial_credit and not utils.is_solution(cell):
        plain = copy.deepcopy(cell)
        if not mine.stderr_is_failure:
            plain.outputs = [one for one in cell.get("outputs", []) if one.get("name") != "stderr"]
        score, points = utils.determine_grade(plain)
        return score, points
    points = float(cell.metadata["nbgrader"]["points"])
    if utils.is_solution(cell):
        untouched = cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
        return (0.0 if untouched else None), points
    if cell.cell_type != "code":
        return None, points
    for output in cell.outputs:
        if output.output_type == "error" or (
                mine.stderr_is_failure and output.get("name") == "stderr"):
            return 0.0, points
    for output in cell.outputs:
        if output.output_type == "execute_result":
            text = output.get("data", {}).get("text/plain", "")
            text = "".join(text) if isinstance(text, list) else str(text)
            number = re.fullmatch(r"(?:np\.\w+\()?([-+0-9.eE_]+|nan|[-+]?inf)\)?", text.strip())
            return (statuses.clamp(number[1], points) if number else points), points
    return points, points


class SaveMarks(SaveAutoGrades):
    """Write marks to the gradebook; manual scores and comments stay as they are."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        about = resources["nbgrader"]
        records.forget(Path(course_root(self)), about["assignment"], about["student"])
        return super().preprocess(nb, resources)

    def _add_score(self, cell: Any, resources: Any) -> None:
        grade = self.gradebook.find_grade(cell.metadata["nbgrader"]["grade_id"], self.notebook_id,
                                          self.assignment_id, self.student_id)
        known = resources.get("invigilator_scores", {})
        name = cell.metadata["nbgrader"]["grade_id"]
        grade.auto_score = (known[name] if name in known
                            else mark_of(cell, switches(self.config))[0])
        grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
        self.gradebook.db.commit()

    def _add_comment(self, cell: Any, resources: Any) -> None:
        super()._add_comment(cell, resources)
        if cell.source == submission.MISSING:
            comment = self.gradebook.find_comment(
                cell.metadata["nbgrader"]["grade_id"], self.notebook_id, self.assignment_id,
                self.student_id)
            comment.auto_comment = "No response."
            self.gradebook.db.commit()


class CleanForReading(Preprocessor):
    """Make formgrader's page of a submission as harmless as a feedback page.

    A marker reads student work in a browser that is signed in: scripts in outputs and text
    cells would run with the marker's rights.
    """

    enabled = True

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        try:
            cells = renderer.shared().ask("for_reading", nb.cells)
        except renderer.PageError as error:
            self.log.warning("shown without outputs: the page %s", error)
            cells = feedback.as_typed(nb.cells)
        nb.cells = nbformat.from_dict(cells)
        nb.metadata.pop("widgets", None)
        return nb, resources


def accept_renamed(assignment: str, student: str, notebooks: list[str]) -> None:
    """Hook before a submission is converted: find a notebook that was saved under another name.

    nbgrader passes its own list, which is changed in place. The file on disk is not.
    """
    if not notebooks:
        return
    place = Path(notebooks[0]).parent
    recorded = [skeleton.recorded(os.getcwd(), place.name, name)
                for name in skeleton.notebooks(os.getcwd(), place.name)]
    for name, path in submission.find(place, recorded).items():
        if path and path.stem != name and str(path) in notebooks:
            engine.warn(f"{path} is read as {name}.ipynb")
            expected = str(place / f"{name}.ipynb")
            RENAMED[expected] = str(path)
            notebooks[notebooks.index(str(path))] = expected
