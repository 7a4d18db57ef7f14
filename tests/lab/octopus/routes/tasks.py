"""Server tasks over the API (octopus-api.md 8)."""

from __future__ import annotations

import itertools

from tests.lab.octopus import documents, errors, texts
from tests.lab.octopus.dispatch import Call, Reply, Route, Scope
from tests.lab.octopus.paging import page
from tests.lab.octopus.query import any_of, select
from tests.lab.octopus.store import Document
from tests.lab.octopus.tasks import Task

_FILTERS = {"ids": any_of("Id"), "name": any_of("Name"), "states": any_of("State"), "spaces": any_of("SpaceId")}
# Users may not queue Deploy and the like (octopus-api.md 8.1).
_WRITABLE: Document = {"Name": "", "Description": "", "SpaceId": None, "Arguments": {}}
_QUEUEABLE = ("Health", "Upgrade", "UpdateCalamari", "AdHocScript")


def _create(call: Call) -> Reply:
    body = documents.read_members(call.json(), _WRITABLE)
    name = body["Name"] or ""
    if name not in _QUEUEABLE:
        raise errors.invalid(texts.NOT_QUEUEABLE.format(name=name))
    space_id = call.space_id or body["SpaceId"]
    if not space_id:
        default = call.state.default_space()
        if default is None:
            raise errors.invalid(texts.NO_SPACE_FOR_TASK)
        space_id = default["Id"]
    if not call.caller.allows("TaskCreate", space_id):
        raise errors.forbidden("TaskCreate")
    arguments = body["Arguments"] or {}
    wrong = [member for member, value in arguments.items() if not _is_argument(value)]
    if wrong:
        raise errors.invalid(*(texts.BAD_MEMBER.format(name=member) for member in wrong))
    task = call.state.queue_task(name, body["Description"] or name, arguments, space_id)
    return Reply(task.render(), 201)


def _is_argument(value: object) -> bool:
    """Say whether a task's argument is of a kind that there is: a value, or a list of texts."""
    return not isinstance(value, dict) and (not isinstance(value, list) or all(isinstance(item, str) for item in value))


def _find(call: Call) -> Task:
    task = call.state.tasks.get(call.parameters["id"])
    if task is None or not call.caller.allows("TaskView", task.space_id):
        raise errors.not_found()
    return task


def _read(call: Call) -> Reply:
    return Reply(_find(call).render())


def _details(call: Call) -> Reply:
    return Reply(_find(call).render_details())


def _raw(call: Call) -> Reply:
    return Reply(_find(call).raw_log(), media_type="text/plain; charset=utf-8")


def _list(call: Call) -> Reply:
    """List the newest first; below a space only its own (octopus-api.md 2.1)."""
    newest_first = reversed(call.state.tasks.values())
    seen = [task for task in newest_first if call.caller.allows("TaskView", task.space_id) and call.space_id in (None, task.space_id)]
    chosen = select([task.render() for task in seen], _FILTERS, call.query)
    return Reply(page("Task", chosen, call.query, default_take=30, path=call.path, template="/api/tasks{/id}{?skip,take,ids,name}"))


def _cancel(call: Call) -> Reply:
    task = _find(call)
    if not call.caller.allows("TaskCancel", task.space_id):
        raise errors.forbidden("TaskCancel")
    if call.state.queue.remove(task):
        task.complete("Canceled")
    task.cancel_requested = True
    return Reply(task.render())


def _queued_behind(call: Call) -> Reply:
    """List the tasks that a waiting one waits for: those that came before it and have not ended."""
    task = _find(call)
    before = itertools.takewhile(lambda other: other is not task, call.state.tasks.values())
    waited_for = [] if task.started else [other.render() for other in before if not other.is_completed]
    template = f"/api/tasks/{task.id}/queued-behind{{?skip}}"
    return Reply(page("Task", waited_for, call.query, default_take=30, path=call.path, template=template))


def _rerun(call: Call) -> Reply:
    task = _find(call)
    if not call.caller.allows("TaskCreate", task.space_id):
        raise errors.forbidden("TaskCreate")
    if not task.is_completed:
        raise errors.invalid(texts.TASK_NOT_COMPLETE)
    return Reply(call.state.queue_task(task.name, task.description, task.arguments, task.space_id).render())


def _set_state(call: Call) -> Reply:
    """Say otherwise how a task ended, with a reason."""
    task, wish = _find(call), call.json()
    if not call.caller.allows("TaskEdit", task.space_id):
        raise errors.forbidden("TaskEdit")
    state = wish.get("State")
    if state not in ("Canceled", "Failed", "Success"):
        raise errors.ApiError(400, texts.VALID_STATES)
    if not task.is_completed:
        raise errors.invalid(texts.TASK_NOT_COMPLETE)
    if state == task.state:
        raise errors.ApiError(400, texts.STATE_ALREADY)
    task.state, task.error = state, "" if state == "Success" else str(wish.get("Reason") or "")
    return Reply(task.render())


def _types(_call: Call) -> Reply:
    return Reply([{"Id": name, "Name": name, "Links": {}} for name in _QUEUEABLE])


ROUTES = (
    Route("POST", "/tasks", _create, Scope.MIXED),
    Route("GET", "/tasks", _list, Scope.MIXED),
    Route("GET", "/tasks/{id}", _read, Scope.MIXED),
    Route("GET", "/tasks/{id}/details", _details, Scope.MIXED),
    Route("GET", "/tasks/{id}/raw", _raw, Scope.MIXED),
    Route("GET", "/tasks/tasktypes", _types, Scope.MIXED),
    Route("GET", "/tasks/{id}/queued-behind", _queued_behind, Scope.MIXED),
    Route("POST", "/tasks/{id}/cancel", _cancel, Scope.MIXED),
    Route("POST", "/tasks/{id}/state", _set_state, Scope.MIXED),
    Route("POST", "/tasks/rerun/{id}", _rerun, Scope.MIXED),
)
