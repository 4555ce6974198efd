"""The kind of statement by which a body says who another one is. Frozen: see `riskshed.vocabulary`."""

from __future__ import annotations

from riskshed.vocabulary_fields import NOTE, Kind, may, need

PARTY = (
    Kind(
        "PartyVerified",
        "参与方已核验",
        "party verified",
        "open",
        "A government or coordination body says that it has checked who a party is, under which name.",
        (
            need("party", "code", "The body that was checked."),
            need("name", "words", "Its name as it was checked; under another name it is not verified."),
            need(
                "how",
                "choice",
                "By what it was checked.",
                choices=("public_register", "documents", "visit", "known_before"),
            ),
            may("register", "name", "The public register in which it stands."),
            may("registered_as", "name", "Its code there, such as the unified social credit code."),
            need("until", "time", "Until when the check holds."),
            NOTE,
        ),
        about="no",
        answers=("BodyJoined", "PartyVerified"),
    ),
)
