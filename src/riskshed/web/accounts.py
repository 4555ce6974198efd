"""Accounts: allauth does the work; nobody makes an account for himself."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter


class ClosedAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Administrators of bodies make accounts; there is no sign-up."""

    def is_open_for_signup(self, request: Any) -> bool:
        """Never."""
        del request
        return False
