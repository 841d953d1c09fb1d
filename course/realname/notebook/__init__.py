"""What lessons show and ask: figures with alt text, predictions, terms."""

from .figures import AccessibleFigure, FigureError, accessible
from .style import COLOURS, hatch, label_lines, problems, style

__all__ = [
    "COLOURS",
    "AccessibleFigure",
    "FigureError",
    "accessible",
    "hatch",
    "label_lines",
    "problems",
    "style",
]
