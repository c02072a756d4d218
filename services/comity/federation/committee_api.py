"""The committee for members' nodes: proposals, their effect on the caller, signatures, activations."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from comity.federation.committee import Committee
from comity.store.accounts import Account


class ProposalBody(BaseModel):
    """Files of the policy in force as they would be: chapters as text, documents as what their YAML holds."""

    model_config = ConfigDict(extra="forbid")

    files: dict[str, Any] = Field(default_factory=dict)
    removed: list[str] = Field(default_factory=list)
    title: str = Field(default="", max_length=200)
    effective: int | None = None


class WordBody(BaseModel):
    """A member's signature, for a proposal or against it."""

    model_config = ConfigDict(extra="forbid")

    approves: bool
    remark: str = Field(default="", max_length=2000)
    signature: str = Field(max_length=128)
    public: str = Field(max_length=64)


def add_committee_routes(router: APIRouter, committee: Committee, node: Callable[[Request], Account]) -> None:
    """Add the routes; *node* returns the account of the calling member's node, or refuses."""
    caller = Annotated[Account, Depends(node)]

    @router.get("/policy/proposals")
    def proposals(account: caller) -> list[dict[str, Any]]:
        """List every proposal with who signed it."""
        del account
        return committee.proposals()

    @router.post("/policy/proposals")
    def propose(body: ProposalBody, account: caller) -> dict[str, Any]:
        """Put a change forward."""
        removed = frozenset(body.removed)
        return committee.propose(
            account.member, body.files, removed=removed, title=body.title, effective=body.effective
        )

    @router.get("/policy/proposals/{number}")
    def proposal(number: int, account: caller) -> dict[str, Any]:
        """Return a proposal with the texts of the policy as it is and as it would be."""
        del account
        before, after = committee.texts(number)
        return {**committee.proposal(number), "before": before, "after": after}

    @router.get("/policy/proposals/{number}/effect")
    def effect(number: int, account: caller) -> list[dict[str, Any]]:
        """Tell what a proposal opens and closes today, of the caller's data and to the caller's desks."""
        return [asdict(one) for one in committee.effect(number, account.member)]

    @router.post("/policy/proposals/{number}/signatures")
    def sign(number: int, body: WordBody, account: caller) -> dict[str, Any]:
        """Take the caller's word on a proposal."""
        return committee.sign(
            number,
            account.member,
            approves=body.approves,
            remark=body.remark,
            signature=body.signature,
            public=body.public,
        )

    @router.post("/policy/proposals/{number}/activation")
    def activate(number: int, account: caller) -> dict[str, Any]:
        """Put a proposal in force that is ratified and due."""
        del account
        return committee.activate(number)

    @router.get("/policy/activations")
    def activations(account: caller, after: int = 0) -> list[dict[str, Any]]:
        """List what was put in force after a number, with all that shows that it was ratified."""
        del account
        return committee.activations(after)
