"""Everything in which this engine differs from stock nbgrader, by the name of its switch.

Set them in ``nbgrader_config.py``. What stands in brackets is the value that gives stock
behaviour; where there is none, stock behaviour is the fault that the switch repairs, and
leaving out the class named restores it.

``Invigilator.engine``  ("kernel")
    "auto" runs tests apart from student code on Linux and refuses elsewhere; "kernel"
    runs everything in one kernel, as stock does: on any system, and not tamper-proof.
``Invigilator.layers``, ``Invigilator.limits``
    The sandbox and its budgets. Stock has one time limit a cell and no sandbox.
``Sanitise.enabled``  (False)
    A submission contributes its answer cells and its own extra cells. Test, locked and
    given cells come from the version recorded at generate; missing ones are put back,
    copies dropped. Stock trusts what it finds, stops at duplicates and newer metadata,
    and keeps the old mark of a deleted test.
``Invigilator.stderr_is_failure``  (True)
    Stock gives 0 for a test cell that prints anything to stderr, such as a warning.
``Invigilator.clamp_partial_credit``  (False)
    Partial credit is between 0 and the points; NaN is 0. Stock gives all points for a
    negative number, NaN or a list, and fails the submission for one above the points.
``Autograde.exporter_class``  (CarefulExporter left out)
    A file that cannot be read gets 0, a row and a sentence. Stock keeps its old mark.
``Autograde.pre_convert_hook``  (None)
    A notebook saved under another name is found by its answer cells. Stock skips it.
``GenerateFeedback.exporter_class``  (FeedbackExporter left out)
    Feedback shows no hidden test and runs nothing.
``HTMLExporter.preprocessors``  (CleanForReading left out)
    Formgrader's page of a submission runs nothing either.
``ZipCollectApp.extractor_plugin``, ``.collector_plugin``
    Nothing is unpacked by the names inside an archive; the time is the collector's.
Without a switch
    Of several copies of an answer cell the last is the answer and the others run before
    it, in the skeleton's order of questions. A given cell that a student edits runs as
    given, then as edited. ``+0100`` in a time stamp is an hour. Answers and tests run in
    two processes, so a test sees what the reference's answers bind, by value; a name of
    a locked or given cell that the reference leaves alone keeps its given value for the
    tests, also where a student changed it.
    Partial credit that is a NumPy number counts as that number: stock cannot read it and
    gives all points. Legacy tests run in copies of the student's process, which answers
    never see: a name that a test binds is not there for the answers below.

>>> Invigilator().engine, Invigilator().stderr_is_failure
('auto', False)
"""

from __future__ import annotations

from typing import Any

from traitlets import Bool, Dict, Enum
from traitlets.config import Configurable


class Invigilator(Configurable):
    """The engine's own switches."""

    engine = Enum(("auto", "kernel"), "auto",
                  help="How `nbgrader autograde` executes a notebook.").tag(config=True)
    layers = Enum(("best", "landlock", "none"), "best",
                  help="Layers of the sandbox; 'none' trusts everybody.").tag(config=True)
    limits = Dict(help="Budgets of a submission, by the names in invigilator.limits.Limits, "
                       "such as {'cell_seconds': 10}.").tag(config=True)
    stderr_is_failure = Bool(False, help="Give 0 to a test cell that prints to stderr."
                             ).tag(config=True)
    clamp_partial_credit = Bool(True, help="Keep partial credit between 0 and the points."
                                ).tag(config=True)


def switches(config: Any) -> Invigilator:
    """The switches of a course, from its configuration."""
    return Invigilator(config=config)
