"""A stand-in for AWX's API: what the modules of `awx.awx` ask when they make things, and AWX's refusals that a configuration can meet."""

from __future__ import annotations

import itertools
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .loopback import Loopback

TOKEN = "awx-token"
_SEEDS = {
    "organizations": [{"name": "Default"}],
    "credential_types": [{"name": "Machine", "kind": "ssh"}, {"name": "Vault", "kind": "vault"}],
}
_SECRET = {"password", "vault_password", "api_key", "access_token"}
_JOBS = ("job_templates", "projects", "inventory_sources", "workflow_job_templates")
_NO_FILTER = {"type", "page", "page_size"}


def survey_problem(survey: dict[str, Any]) -> str | None:
    """Return why AWX refuses a survey, None when it takes it (AWX 24: JobTemplateSurveySpec._validate_spec_data)."""
    if (
        not all(isinstance(survey.get(field), kind) for field, kind in (("name", str), ("description", str), ("spec", list)))
        or not survey["spec"]
    ):
        return "name, description and spec are needed"
    seen: set[str] = set()
    for question in survey["spec"]:
        if not all(isinstance(question.get(field), str) for field in ("type", "question_name", "variable")):
            return "each question needs type, question_name and variable"
        if not isinstance(question.get("required"), bool) or question["variable"] in seen:
            return f"'required' is missing, or '{question['variable']}' is asked twice"
        seen.add(question["variable"])
        if not isinstance(question.get("default", ""), str):
            return "a default is text"
        if question["type"] == "multiplechoice" and question.get("default", "") not in question.get("choices", []):
            return "Default choice must be answered from the choices listed."
    return None


class Controller(Loopback):
    """Serves the API on a free port of the loopback; what was made stands in `made`, by kind."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self.made: dict[str, list[dict[str, Any]]] = {}
        self._linked: dict[tuple[str, int, str], list[int]] = {}
        self._surveys: dict[int, dict[str, Any]] = {}
        for kind, seeds in _SEEDS.items():
            for seed in seeds:
                self._make(kind, seed)
        everything = ["GET", "POST", "PATCH", "DELETE"]
        routes = [
            Route("/api/v2/{kind}/", self._many, methods=everything),
            Route("/api/v2/{kind}/{id:int}/", self._one, methods=everything),
            Route("/api/v2/{kind}/{id:int}/{part}/", self._part, methods=everything),
        ]
        super().__init__("awx", routes)

    def survey_of(self, template: str) -> dict[str, Any]:
        """Return the survey of a job template, empty when it has none."""
        (found,) = (each for each in self.made["job_templates"] if each["name"] == template)
        return self._surveys.get(found["id"], {})

    def linked(self, kind: str, name: str, part: str) -> list[str]:
        """Return the names of what is associated with a thing."""
        (found,) = (each for each in self.made[kind] if name in (each.get("name"), each.get("identifier")))
        everything = {each["id"]: each for many in self.made.values() for each in many}
        return [everything[each].get("name") or everything[each]["identifier"] for each in self._linked.get((kind, found["id"], part), [])]

    def _make(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        number = next(self._ids)
        url = f"/api/v2/{kind}/{number}/"
        related = {"survey_spec": f"{url}survey_spec/"} if kind == "job_templates" else {}
        fixed = {"id": number, "type": kind.rstrip("s"), "url": url, "related": related, "summary_fields": {}, "scm_revision": ""}
        made = {**fixed, **body}
        self.made.setdefault(kind, []).append(made)
        return made

    async def _many(self, request: Request) -> Response:
        if (refusal := _refused(request)) is not None:
            return refusal
        kind = request.path_params["kind"]
        if request.method == "POST":
            return _shown(self._make(kind, await request.json()), 201)
        many = [each for job in _JOBS for each in self.made.get(job, [])] if kind == "unified_job_templates" else self.made.get(kind, [])
        wanted = {name: value for name, value in request.query_params.items() if name not in _NO_FILTER}
        found = [each for each in many if all(str(each.get(name)) == value for name, value in wanted.items())]
        return JSONResponse({"count": len(found), "results": [_masked(each) for each in found], "next": None})

    async def _one(self, request: Request) -> Response:
        if (refusal := _refused(request)) is not None:
            return refusal
        found = self._found(request)
        if request.method == "PATCH":
            found.update(await request.json())
        return _shown(found)

    async def _part(self, request: Request) -> Response:
        if (refusal := _refused(request)) is not None:
            return refusal
        found, part = self._found(request), request.path_params["part"]
        body = await request.json() if request.method == "POST" else {}
        if part == "survey_spec":
            if body and (problem := survey_problem(body)):
                return JSONResponse({"error": problem}, 400)
            if body:
                self._surveys[found["id"]] = body
            return JSONResponse(self._surveys.get(found["id"], {}))
        if part == "create_approval_template":
            approval = self._make("workflow_approval_templates", body)
            found["related"]["unified_job_template"] = approval["url"]
            return _shown(approval, 201)
        links = self._linked.setdefault((request.path_params["kind"], found["id"], part), [])
        if not body:
            return JSONResponse({"count": len(links), "results": [{"id": each} for each in links], "next": None})
        if body.get("disassociate"):
            links.remove(body["id"])
        else:
            links.append(body["id"])
        return Response(status_code=204)

    def _found(self, request: Request) -> dict[str, Any]:
        return next(each for each in self.made[request.path_params["kind"]] if each["id"] == request.path_params["id"])


def _refused(request: Request) -> Response | None:
    if request.headers.get("authorization") == f"Bearer {TOKEN}":
        return None
    return JSONResponse({"detail": "Authentication credentials were not provided."}, 401)


def _shown(thing: dict[str, Any], status: int = 200) -> Response:
    return JSONResponse(_masked(thing), status)


def _masked(thing: dict[str, Any]) -> dict[str, Any]:
    """Return a thing as AWX shows it: no secret comes back."""
    inputs = thing.get("inputs")
    if not isinstance(inputs, dict) or "fields" in inputs:
        return thing
    return {**thing, "inputs": {name: "$encrypted$" if name in _SECRET else value for name, value in inputs.items()}}
