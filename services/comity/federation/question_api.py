"""Private questions over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from comity.federation.api import NodeOf
from comity.federation.questions import Questions, as_json
from comity.store.accounts import Account


class Question(BaseModel):
    """Blinded values, in base64."""

    model_config = ConfigDict(extra="forbid")

    blinded: list[Annotated[str, Field(max_length=100)]] = Field(max_length=1_000)


def create_router(questions: Questions, node: NodeOf) -> APIRouter:
    """Return the route; it is for the accounts of members' nodes only."""
    router = APIRouter(tags=["questions"])
    caller = Annotated[Account, Depends(node)]

    @router.post("/api/questions")
    def ask(body: Question, account: caller) -> dict[str, object]:
        """Evaluate blinded values, and return the tables to look the results up in."""
        return as_json(questions.answer(account.member, body.blinded))

    return router
