"""The kinds of statement of an industry cluster. Frozen: see `riskshed.vocabulary`.

An action is reported on as any other task is (`TaskCompleted`), and money that is given to a fund or paid out
of it as everywhere (`FundContributed`, `Paid`), so that one kind is enough.
"""

from __future__ import annotations

from riskshed.vocabulary_fields import FILES, NOTE, ROWS, TASK, Kind, may, need

CLUSTER = (
    Kind(
        "ActionPlanned",
        "专项行动已立项",
        "action planned",
        "open",
        "A body planned an action of its own with goals, owners, dates and money.",
        (
            need("action", "code", "Code of the action."),
            need("title", "words", "Its title."),
            need("tasks", "record", "What has to be done, each with its owner.", fields=TASK, many=ROWS),
            may(
                "goals",
                "record",
                "What it is to reach, in numbers.",
                many=ROWS,
                fields=(
                    need("goal", "code", "Goal or indicator."),
                    need("what", "words", "What is counted."),
                    need("target", "measure", "The value to be reached; of a rate, in percent."),
                    may("territory", "code", "Code of the city or province that it is counted over."),
                    may("due", "time", "By when."),
                ),
            ),
            may("money", "money", "What is set aside for the whole of it."),
            may("fund", "code", "The fund that it is paid from."),
            may("starts", "time", "From when."),
            may("ends", "time", "Until when."),
            need("source", "text", "Where it was decided or published."),
            FILES,
            NOTE,
        ),
        about="may",
        answers=("ActionPlanned",),
    ),
)
