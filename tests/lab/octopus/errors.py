"""The failures that a handler raises; the application renders them as Octopus does (octopus-api.md 5.1, 5.2)."""

from __future__ import annotations

from tests.lab.octopus import texts


class ApiError(Exception):
    """A reply other than 2xx. Members without a value are left out of the body, above all `Errors` of a 404 (5.1: client traps)."""

    def __init__(self, status: int, message: str, *, errors: tuple[str, ...] = (), help_text: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors
        self.help_text = help_text

    def body(self) -> dict[str, object]:
        """Return the body of the reply."""
        body: dict[str, object] = {"ErrorMessage": self.message}
        if self.errors:
            body["Errors"] = list(self.errors)
        if self.help_text:
            body["HelpText"] = self.help_text
        return body


def not_found() -> ApiError:
    """Say that there is no such document, or no such route."""
    return ApiError(404, texts.NOT_FOUND)


def invalid(*errors: str, status: int = 400) -> ApiError:
    """Refuse a request for what it contains."""
    return ApiError(status, texts.INVALID, errors=errors)


def unauthenticated(message: str = texts.NOT_LOGGED_IN) -> ApiError:
    """Refuse a caller who is not known."""
    return ApiError(401, message)


def forbidden(permission: str) -> ApiError:
    """Refuse a caller who is known but lacks `permission`."""
    help_text = texts.FORBIDDEN_MACHINE_HELP if permission.startswith("Machine") and permission != "MachinePolicyView" else ""
    return ApiError(403, texts.FORBIDDEN.format(permission=permission), help_text=help_text)
