"""The kinds of statement by which people, industries and regions share news with each other. Frozen: see
`riskshed.vocabulary`."""

from __future__ import annotations

from riskshed.vocabulary_fields import CITIES, FILES, HAZARD_CLASSES, PROOF, ROWS, Kind, may, need

COMMUNITY = (
    Kind(
        "NewsShared",
        "资讯已发布",
        "news shared",
        "open",
        "A body shared news or guidance for people, an industry or a region; what it answers it corrects.",
        (
            need("title", "words", "The news in one line."),
            need("text", "words", "The news."),
            need("audience", "choice", "Whom it is for.", choices=("people", "industry", "region")),
            may("cities", "code", "Cities that it concerns.", many=CITIES),
            may("rivers", "code", "Rivers that it concerns.", many=ROWS),
            may(
                "hazard_classes",
                "choice",
                "Statutory classes of hazard that it concerns.",
                choices=HAZARD_CLASSES,
                many=len(HAZARD_CLASSES),
            ),
            may("hazards", "code", "Hazards, as the agreement names its code table.", many=ROWS),
            may("industries", "code", "Industries, by their code in GB/T 4754-2017.", many=ROWS),
            may("until", "time", "Until when it holds."),
            may("source", "text", "Where it is told: a citation, or an address on the web."),
            may("change", "words", "What is corrected, and why."),
            PROOF,
            FILES,
        ),
        about="may",
        answers=("NewsShared",),
    ),
)
