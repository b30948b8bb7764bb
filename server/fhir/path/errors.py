"""The ways in which an expression fails: it is wrong in itself, or it cannot be answered for this input.

Spec page: http://hl7.org/fhirpath/N1/
"""


class PathRefused(ValueError):
    """The expression does not compile. `position` counts characters from 0; the message ends with a caret below it."""

    def __init__(self, sentence: str, expression: str, position: int) -> None:
        super().__init__(f"{sentence}\n{_pointed(expression, position)}")
        self.sentence = sentence
        self.expression = expression
        self.position = position


class EvaluationRefused(ValueError):
    """The expression has no answer for this input: several items where one is allowed, or a type that does not fit.

    The message quotes nothing of the input.
    """


class AllowanceSpent(EvaluationRefused):
    """The expression takes more work than its allowance has; it may well have an answer."""


def _pointed(expression: str, position: int) -> str:
    """The line of the position and, under it, a caret; with the number of the line when there are several."""
    start = expression.rfind("\n", 0, position) + 1
    end = expression.find("\n", position)
    line = expression[start : len(expression) if end < 0 else end]
    number = expression.count("\n", 0, position) + 1
    prefix = f"line {number}: " if "\n" in expression else ""
    gap = "".join("\t" if char == "\t" else " " for char in line[: position - start])
    return f"{prefix}{line}\n{' ' * len(prefix)}{gap}^"
