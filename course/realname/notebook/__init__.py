"""What lessons show and ask: figures with alt text, predictions, terms."""

from .figures import AccessibleFigure, FigureError, accessible
from .glossary import GlossaryError, Term, term, terms
from .predictions import PredictionError, Predictions, compare, predict, predictions
from .style import COLOURS, hatch, label_lines, problems, style

__all__ = [
    "COLOURS",
    "AccessibleFigure",
    "FigureError",
    "GlossaryError",
    "PredictionError",
    "Predictions",
    "Term",
    "accessible",
    "compare",
    "hatch",
    "label_lines",
    "predict",
    "predictions",
    "problems",
    "style",
    "term",
    "terms",
]
