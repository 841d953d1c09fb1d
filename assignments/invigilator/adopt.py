"""Three lines make any nbgrader course use this engine.

In the course's ``nbgrader_config.py``::

    from invigilator.adopt import adopt
    c = get_config()
    adopt(c)
"""

from __future__ import annotations

from typing import Any

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader import preprocessors as stock
from nbgrader.validator import Validator

from . import collect, feedback, preprocess
from .programs import find_programs


def adopt(c: Any) -> None:
    """Name the engine's classes in an nbgrader configuration (a traitlets ``Config``)."""
    find_programs()
    c.GenerateAssignment.preprocessors = [
        stock.IncludeHeaderFooter,
        preprocess.FillTerm,
        stock.InstantiateTests,
        preprocess.RememberSource,
        stock.LockCells,
        stock.ClearSolutions,
        stock.ClearOutput,
        stock.CheckCellMetadata,
        stock.ComputeChecksums,
        stock.SaveCells,
        preprocess.RecordSkeleton,
        stock.ClearHiddenTests,
        stock.ClearMarkScheme,
        stock.ComputeChecksums,
        stock.CheckCellMetadata,
    ]
    c.Autograde.exporter_class = preprocess.CarefulExporter
    c.Autograde.pre_convert_hook = preprocess.accept_renamed
    c.Autograde.sanitize_preprocessors = [
        preprocess.Sanitise,
        stock.ClearOutput,
        stock.DeduplicateIds,
        stock.OverwriteKernelspec,
        stock.OverwriteCells,
        stock.CheckCellMetadata,
    ]
    c.Autograde.autograde_preprocessors = [
        preprocess.Execute,
        stock.IgnorePattern,
        ClearMetadataPreprocessor,
        stock.LimitOutput,
        preprocess.SaveMarks,
        stock.AssignLatePenalties,
        stock.CheckCellMetadata,
    ]
    # `nbgrader validate` has a fixed list that no configuration reaches
    Validator.preprocessors.default_args = (
        [stock.CheckCellMetadata, stock.ClearOutput, preprocess.Execute],)
    c.ZipCollectApp.extractor_plugin = collect.SafeExtractor
    c.ZipCollectApp.collector_plugin = collect.FolderCollector
    c.HTMLExporter.preprocessors = [preprocess.CleanForReading]
    c.GenerateFeedback.exporter_class = feedback.FeedbackExporter
    c.GenerateFeedback.preprocessors = [stock.GetGrades]
