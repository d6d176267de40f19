"""Rules told to people: a sentence for every wording, an example worked with its own values, and the
reason behind every award, every award that did not happen and every other movement of points. Words live
here, structure in ``rules``.
"""

from apps.points.sentences.answers import Answer, answer_for, answer_for_decline
from apps.points.sentences.awards import (
    Step,
    award_sentences,
    miss_sentences,
    part_sentence,
    reason_sentence,
    steps,
)
from apps.points.sentences.differences import Change, changes
from apps.points.sentences.examples import example
from apps.points.sentences.problems import problem_text
from apps.points.sentences.wordings import sentence

__all__ = [
    "Answer",
    "Change",
    "Step",
    "answer_for",
    "answer_for_decline",
    "award_sentences",
    "changes",
    "example",
    "miss_sentences",
    "part_sentence",
    "problem_text",
    "reason_sentence",
    "sentence",
    "steps",
]
