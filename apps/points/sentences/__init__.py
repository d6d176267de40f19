"""Rules told to people: a sentence for every wording, an example worked with its own values, and the
reason behind every award and every award that did not happen. Words live here, structure in ``rules``.
"""

from apps.points.sentences.examples import example
from apps.points.sentences.problems import problem_text
from apps.points.sentences.proofs import lines, reason_text
from apps.points.sentences.wordings import sentence

__all__ = ["example", "lines", "problem_text", "reason_text", "sentence"]
