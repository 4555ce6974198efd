"""Tables. Those of statements are a picture of the log, and may be dropped at any time (`projection`).

Only what no log may hold lives here alone: accounts and who works for whom, tokens, drafts that nobody has
said yet, the intake of readings, what is watched, and where to deliver.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

ROLES = (
    ("duty_officer", "值班员 duty officer"),
    ("commander", "指挥员 commander"),
    ("analyst", "研判员 analyst"),
    ("evaluator", "评估员 evaluator"),
    ("auditor", "审计员 auditor"),
    ("representative", "代表 representative"),
    ("administrator", "管理员 administrator"),
)


class StatementRow(models.Model):
    """A statement that counts, at its place in the log. A projection."""

    place = models.BigIntegerField(primary_key=True)
    statement = models.CharField(max_length=64, db_index=True)
    kind = models.CharField(max_length=40, db_index=True)
    by = models.CharField(max_length=128, db_index=True)
    officer = models.CharField(max_length=128)
    issued = models.DateTimeField(db_index=True)
    about = models.CharField(max_length=128, blank=True, db_index=True)
    replies_to = models.CharField(max_length=64, blank=True, db_index=True)
    exercise = models.BooleanField(default=False)
    visibility = models.CharField(max_length=16)
    words = models.TextField(blank=True)
    """All words of its body, in both languages, for the search."""

    class Meta:
        ordering = ("place",)


class Membership(models.Model):
    """Who works for which body, as what, under which number of a post."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    body = models.CharField(max_length=128)
    role = models.CharField(max_length=20, choices=ROLES)
    officer = models.CharField(max_length=64)
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user", "body", "role"), name="membership_once"),
            # No shared accounts: a post number of a body is one person at a time.
            models.UniqueConstraint(fields=("body", "officer", "role"), name="post_of_one_person"),
        )


class Token(models.Model):
    """A key to the interface for a machine of a body. Only its digest is kept."""

    body = models.CharField(max_length=128)
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    roles = models.JSONField(default=list)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    made_at = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    revoked = models.DateTimeField(null=True, blank=True)
    last_used = models.DateTimeField(null=True, blank=True)


class Draft(models.Model):
    """Something that a rule or an officer has prepared, and nobody has said."""

    body = models.CharField(max_length=128, db_index=True)
    kind = models.CharField(max_length=40)
    about = models.CharField(max_length=128, blank=True)
    replies_to = models.CharField(max_length=64, blank=True)
    content = models.JSONField()
    exercise = models.BooleanField(default=False)
    reason = models.JSONField(default=dict)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    said = models.CharField(max_length=64, blank=True)
    dropped = models.DateTimeField(null=True, blank=True)


class ReadingRow(models.Model):
    """A reading or signal as it arrived (`riskshed.signals.Signal`). No projection: the log names batches."""

    key = models.CharField(max_length=40, unique=True)
    """Digest of all that it says, so that what comes twice is kept once."""
    batch = models.CharField(max_length=32, db_index=True)
    body = models.CharField(max_length=128)
    station = models.CharField(max_length=128, db_index=True)
    series = models.CharField(max_length=128, blank=True)
    hazard_class = models.CharField(max_length=20)
    hazard = models.CharField(max_length=80, blank=True)
    quantity = models.CharField(max_length=80)
    unit = models.CharField(max_length=20)
    time = models.DateTimeField()
    stated = models.DateTimeField(null=True)
    known_at = models.DateTimeField(db_index=True)
    uncertainty_s = models.FloatField(default=0.0)
    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=64, null=True)  # unknown is not the empty text
    confirmed = models.BooleanField(default=True)
    client_id = models.CharField(max_length=128, blank=True)
    sender = models.CharField(max_length=64, blank=True)
    """The machine or post that sent it: the names `client_id` are its own."""
    source = models.CharField(max_length=500)
    note = models.TextField(blank=True)
    handled = models.BooleanField(default=False, db_index=True)
    """Whether what follows from it has been decided; what has not is taken up again after a start."""

    class Meta:
        indexes = (
            models.Index(
                fields=("client_id", "body", "sender"),
                name="reading_sent_as",
                condition=~models.Q(client_id=""),
            ),
        )


class Invitation(models.Model):
    """A link for one person, once: to a post at a body, or to a new password. Only its digest is kept."""

    digest = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=10, choices=(("join", "a post"), ("password", "a new password")))
    body = models.CharField(max_length=128, db_index=True)
    username = models.CharField(max_length=150)
    officer = models.CharField(max_length=64, blank=True)
    roles = models.JSONField(default=list)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    used = models.DateTimeField(null=True, blank=True)
    withdrawn = models.DateTimeField(null=True, blank=True)


class AdminEvent(models.Model):
    """What an administrator did: who, what, to whom, when. It is only added to; auditors read it."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    who = models.CharField(max_length=150)
    """The name of the account as it was then: it outlives the account."""
    body = models.CharField(max_length=128, db_index=True)
    act = models.CharField(max_length=40)
    about = models.CharField(max_length=200, blank=True)
    details = models.JSONField(default=dict)


class Webhook(models.Model):
    """A program of a body that is told what the body is told (`delivery_webhook`)."""

    body = models.CharField(max_length=128, db_index=True)
    url = models.CharField(max_length=2_000)
    salt = models.CharField(max_length=32)
    """The secret is derived from it and from that of the node, and lies nowhere."""
    drills = models.BooleanField(default=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    ended = models.DateTimeField(null=True, blank=True)


class Mailbox(models.Model):
    """An e-mail address of the roster of a body (`delivery_mail`)."""

    body = models.CharField(max_length=128, db_index=True)
    address = models.EmailField(max_length=254)
    drills = models.BooleanField(default=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    ended = models.DateTimeField(null=True, blank=True)


class FeedRow(models.Model):
    """A feed of an agency that the node reads (`feed_watcher`): what it says goes to the intake of a body."""

    url = models.CharField(max_length=2_000)
    kind = models.CharField(max_length=10, choices=(("cap", "CAP"), ("geojson", "GeoJSON")))
    body = models.CharField(max_length=128, db_index=True)
    every_s = models.PositiveIntegerField(default=300)
    state = models.JSONField(default=dict)
    """What was read of it so far, as `riskshed.feeds.FeedState` writes it."""
    last_read = models.DateTimeField(null=True, blank=True)
    last_taken = models.DateTimeField(null=True, blank=True)
    """When it last gave something new; None: never."""
    faults = models.JSONField(default=list)
    """What was wrong at the last reading; empty: nothing."""
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    ended = models.DateTimeField(null=True, blank=True)


class ActRow(models.Model):
    """An act that was asked for over the interface under a key of the sender, and its answer."""

    sender = models.CharField(max_length=200)
    key = models.CharField(max_length=128)
    digest = models.CharField(max_length=64)
    """Of what was asked for: another thing under the same key is refused."""
    status = models.PositiveSmallIntegerField()
    answer = models.JSONField()
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("sender", "key"), name="act_once"),)


class PartyRequest(models.Model):
    """Somebody asks that an enterprise or organisation be let in (`party_door`). Nothing of it is on the log.

    Of the link by which he sees what became of it only the digest is kept.
    """

    digest = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=20)
    name_zh = models.CharField(max_length=200, blank=True)
    name_en = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=128, blank=True)
    registered_as = models.CharField(max_length=64, blank=True)
    about = models.TextField(blank=True)
    username = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    body = models.CharField(max_length=128, blank=True)
    """The code under which it was let in; empty while it was not."""
    reason = models.TextField(blank=True)


class Follow(models.Model):
    """What somebody with an account follows: a place, river, class of hazard, industry. Never on the log."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="follows")
    subject = models.CharField(max_length=160)
    """As in the address of a list: ``place:230100``."""

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "subject"), name="follow_once"),)


class FollowMail(models.Model):
    """An e-mail address that is told what is new about some things (`follow_mail`). Never on the log.

    It is somebody's own: the row goes when he ends it, or has not confirmed it in time, or the address is
    refused for good, and nothing of it is kept.
    """

    address = models.EmailField(max_length=254)
    subjects = models.JSONField()
    """As in the address of a list: ``["place:230100"]``."""
    language = models.CharField(max_length=10)
    made_at = models.DateTimeField(db_index=True)
    asked = models.BooleanField(default=False)
    """Whether the mail went out that asks whether the address is his."""
    confirmed = models.DateTimeField(null=True, blank=True)
    sent = models.DateTimeField(null=True, blank=True)
    told = models.JSONField(default=dict)
    """Up to where it was told: the place in the log, and the time of the node."""
    telling = models.JSONField(null=True, blank=True)
    """The same of a letter that is under way; None: none is."""
