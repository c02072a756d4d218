"""Every request at once as symbols: rules become formulas over any label and any viewer of the bloc.

A member is a bit, a set of members a row of bits, of which the last stands for all codes that no member has. A text is
a number. The same formulas are built for z3 and for cvc5, whose Python interfaces are alike; which of the two it is
comes in as *solver*.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cedarpy import pst

from comity.domain.desk import CLEARANCE, TLP_CEILING, Role
from comity.domain.label import Form, Kind
from comity.domain.member import Bloc
from comity.domain.purpose import Purpose
from comity.policy.columns import ACTIONS
from comity.policy.walk import LEAST, MOST, Arithmetic, Comparison, Evaluator, Result

Term = Any
"""A formula or a term of the solver."""

Module = Any
"""A solver's Python interface."""

Value = Any
"""A term, or one of the classes below that hold terms."""

FORMS = tuple(form for form in Form if form is not Form.NONE)
_NUMBERS = {"tlp": 4, "tier": 4, "source_tlp": 4, "source_tier": 4, "personal": 2}
_FLAGS = ("release_stated", "release_all", "embargoed", "exercise", "urgent", "approved", "blocked")
_MEMBER_SETS = ("releasable", "withheld", "victims", "exempt")


@dataclass(frozen=True, slots=True)
class Text:
    """A text, as its number."""

    number: Term


@dataclass(frozen=True, slots=True)
class Code:
    """The code of a member."""

    member: Term


@dataclass(frozen=True, slots=True)
class MemberOf:
    """A member: one bit of a row."""

    bit: Term


@dataclass(frozen=True, slots=True)
class DeskOf:
    """A desk: its member's bit, and its role as the number of a text."""

    home: Term
    role: Term


@dataclass(frozen=True, slots=True)
class MemberSet:
    """A set of members."""

    bits: Term


@dataclass(frozen=True, slots=True)
class DeskSet:
    """A set of desks: the members' bits, by the number of the role."""

    bits: Mapping[int, Term]


@dataclass(frozen=True, slots=True)
class TextSet:
    """A set of texts: numbers, each with the condition under which it is in the set."""

    elements: Sequence[tuple[Term, Term]]


@dataclass(frozen=True, slots=True)
class Whole:
    """The label or the request as a whole."""

    name: str


class Texts:
    """Texts as numbers; any number that none of them has stands for any other text."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def of(self, text: str) -> int:
        """Return the number of *text*."""
        return self._numbers.setdefault(text, len(self._numbers))

    def text(self, number: int) -> str | None:
        """Return the text with *number*, or ``None`` when it stands for any other."""
        return next((text for text, known in self._numbers.items() if known == number), None)


class Request:
    """A label, a viewer and a form, none of them known, with all that is true of every label and viewer."""

    def __init__(self, solver: Module, bloc: Bloc, texts: Texts) -> None:
        self.solver = solver
        self.codes = tuple(bloc.members)
        self.width = len(self.codes) + 1
        self.texts = texts
        self.origin, self.home = self._member("origin"), self._member("home")
        self.role, self.purpose, self.form = (solver.Int(name) for name in ("role", "purpose", "form"))
        self.numbers = {name: solver.Int(name) for name in _NUMBERS}
        self.flags = {name: solver.Bool(name) for name in _FLAGS}
        self.kind, self.sector = solver.Int("kind"), solver.Int("sector")
        self.sets = {name: solver.BitVec(name, self.width) for name in _MEMBER_SETS}
        self.named = {texts.of(role): solver.BitVec(f"named_{role}", self.width) for role in Role}
        self._entries: dict[tuple[str, ...], Entry] = {}
        self.purposes = {texts.of(purpose): solver.Bool(f"for_{purpose}") for purpose in Purpose}

    def some(self, terms: Sequence[Term]) -> Term:
        """Return that any of *terms* holds."""
        # cvc5 builds no disjunction of fewer than two.
        return self.solver.Or([self.solver.BoolVal(False), self.solver.BoolVal(False), *terms])

    def zero(self) -> Term:
        """Return the empty row of bits."""
        return self.solver.BitVecVal(0, self.width)

    def bit(self, code: str) -> Term:
        """Return the bit of a member, or that of every stranger."""
        place = self.codes.index(code) if code in self.codes else len(self.codes)
        return self.solver.BitVecVal(1 << place, self.width)

    def entry(self, table: "Table", owner: Term, recipient: Term) -> Term:
        """Return what a table says *owner* recognises *recipient* for; the same question has the same answer."""
        key = (table.name, owner.sexpr(), recipient.sexpr())
        if key not in self._entries:
            tier = self.solver.Int(f"{table.name} entry {len(self._entries)}")
            self._entries[key] = Entry(table, owner, recipient, tier)
        return self._entries[key].tier

    @property
    def entries(self) -> Sequence["Entry"]:
        """What has been asked of tables."""
        return list(self._entries.values())

    def raised(self, lower: str, higher: str) -> list[Term]:
        """Return that whatever was asked of both of two tables, the one called *higher* says no less."""
        return [
            one.tier <= self._entries[higher, *where].tier
            for (name, *where), one in self._entries.items()
            if name == lower and (higher, *where) in self._entries
        ]

    def _member(self, name: str) -> Term:
        return self.solver.BitVec(name, self.width)

    def rules_of_the_world(self, form: Term | None = None) -> list[Term]:
        """Return what holds of every label and viewer, with *form* as the form."""
        of, s = self.texts.of, self.solver
        one_of = [
            (self.role, [of(role) for role in Role]),
            (self.purpose, [of(purpose) for purpose in Purpose]),
            (self.form if form is None else form, [of(each.word) for each in FORMS]),
            (self.kind, [of(kind.value) for kind in Kind]),
        ]
        facts = [self.some([term == number for number in numbers]) for term, numbers in one_of]
        for member in (self.origin, self.home):
            facts.append(self.some([member == self.bit(code) for code in self.codes]))
        for name, most in _NUMBERS.items():
            facts += [self.numbers[name] >= 0, self.numbers[name] <= most]
        facts += [
            self.sector >= 0,
            self.numbers["source_tlp"] >= self.numbers["tlp"],
            self.numbers["source_tier"] >= self.numbers["tier"],
            s.Implies(self.flags["release_all"], self.flags["release_stated"]),
            s.Implies(
                s.Or(s.Not(self.flags["release_stated"]), self.flags["release_all"]),
                self.sets["releasable"] == self.zero(),
            ),
            s.Implies(s.Not(self.flags["embargoed"]), self.sets["exempt"] == self.zero()),
        ]
        return facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Whom each member recognises for which tier, and who is suspended.

    Each entry that a rule asks for is a number of its own, so that what is proved holds whatever the table says. Where
    that is too much, ``lemmas`` make it say what the bloc's does, entry by entry.
    """

    name: str
    suspended: Term
    bloc: Bloc | None
    """Whose table it is; ``None`` for any table."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a table that some rule asks for: what *owner* recognises *recipient* for."""

    table: Table
    owner: Term
    recipient: Term
    tier: Term


def table_of(request: Request, bloc: Bloc, *, name: str = "") -> Table:
    """Return the table of a bloc, with nobody suspended."""
    return Table(name=name, suspended=request.zero(), bloc=bloc)


class SymbolEvaluator(Evaluator[Any]):
    """Turns rules into formulas over one request, under one table."""

    def __init__(self, request: Request, table: Table, *, form: Term | None = None) -> None:
        super().__init__()
        self._request = request
        self._table = table
        self._form = request.form if form is None else form
        self._s = request.solver

    def permitted(self, policies: Mapping[str, pst.Template]) -> Term:
        """Return when a request is permitted: some rule permits, none forbids, and none errs."""
        permits: list[Term] = []
        forbids: list[Term] = []
        errors: list[Term] = []
        for policy in policies.values():
            held: Result[Any] = self.applies(policy)
            if held.error is not None:
                errors.append(held.error)
            (permits if policy.effect == "permit" else forbids).append(held.value)
        s = self._s
        return s.And(self._any(permits), s.Not(self._any(forbids)), s.Not(self._any(errors)))

    def _any(self, terms: Sequence[Term]) -> Term:
        return self._request.some(terms)

    def _constant(self, value: bool | int) -> Value:
        return self._s.BoolVal(value) if isinstance(value, bool) else self._s.IntVal(value)

    def _text(self, text: str) -> Value:
        return Text(self._s.IntVal(self._request.texts.of(text)))

    def _entity(self, uid: pst.EntityUid) -> Value:
        if str(uid.type) == "Member":
            return MemberOf(self._request.bit(uid.id))
        member, _, role = uid.id.partition("/")
        return DeskOf(self._request.bit(member), self._s.IntVal(self._request.texts.of(role)))

    def _variable(self, name: pst.VarName) -> Value:
        if name == "principal":
            return DeskOf(self._request.home, self._request.role)
        return Whole(name)

    def _attribute(self, base: Value, name: str) -> Value:
        match base:
            case Whole(name="context"):
                return Text(self._request.purpose)
            case Whole():
                return self._of_label(name)
            case DeskOf(home=home) if name == "home":
                return MemberOf(home)
            case DeskOf(role=role):
                return Text(role) if name == "role" else self._by_role(role, name)
            case MemberOf(bit=bit) if name == "code":
                return Code(bit)
            case MemberOf(bit=bit):
                return self._meets(self._table.suspended, bit)
            case _:
                raise TypeError(f"{name} passed the check of constructs")

    def _of_label(self, name: str) -> Value:
        request = self._request
        if name in request.numbers:
            return request.numbers[name]
        if name in request.flags:
            return request.flags[name]
        if name in request.sets:
            return MemberSet(request.sets[name])
        return {
            "origin": MemberOf(request.origin),
            "kind": Text(request.kind),
            "sector": Text(request.sector),
            "form": Text(self._form),
            "named": DeskSet(request.named),
            "purposes": TextSet([(self._s.IntVal(number), held) for number, held in request.purposes.items()]),
        }[name]

    def _by_role(self, role: Term, name: str) -> Term:
        values = CLEARANCE if name == "clearance" else TLP_CEILING
        term = self._s.IntVal(0)
        for each in Role:
            term = self._s.If(role == self._request.texts.of(each), self._s.IntVal(int(values[each])), term)
        return term

    def _collected(self, elements: list[Value]) -> Value:
        if not elements or isinstance(elements[0], Text | Code):
            return TextSet([(self._number(element), self._s.BoolVal(True)) for element in elements])
        if isinstance(elements[0], MemberOf):
            bits = self._request.zero()
            for element in elements:
                bits = bits | element.bit
            return MemberSet(bits)
        rows = {self._request.texts.of(role): self._request.zero() for role in Role}
        for element in elements:
            for number, bits in rows.items():
                rows[number] = bits | self._s.If(element.role == number, element.home, self._request.zero())
        return DeskSet(rows)

    def _number(self, value: Value) -> Term:
        """Return the number of a text; the code of a member is one as well."""
        if isinstance(value, Text):
            return value.number
        term = self._s.IntVal(-1)
        for code in self._request.codes:
            term = self._s.If(value.member == self._request.bit(code), self._request.texts.of(code), term)
        return term

    def _acted(self, scope: pst.ActionConstraint) -> Value:
        if isinstance(scope, pst.ScopeAny):
            return self._s.BoolVal(True)
        named = {scope.entity.id} if isinstance(scope, pst.ActionEq) else {uid.id for uid in scope.entities}
        forms = [form for form in FORMS if ACTIONS[form] & named]
        return self._any([self._form == self._request.texts.of(form.word) for form in forms])

    def _negated(self, value: Value) -> Value:
        return self._s.Not(value)

    def _both(self, left: Value, right: Value) -> Value:
        return self._s.And(left, right)

    def _either(self, left: Value, right: Value) -> Value:
        return self._s.Or(left, right)

    def _chosen(self, test: Value, one: Value, other: Value) -> Value:
        choose = self._s.If
        match one, other:
            case Text() | Code(), Text() | Code():
                return Text(choose(test, self._number(one), self._number(other)))
            case MemberOf(bit=first), MemberOf(bit=second):
                return MemberOf(choose(test, first, second))
            case DeskOf(), DeskOf():
                return DeskOf(choose(test, one.home, other.home), choose(test, one.role, other.role))
            case MemberSet(bits=first), MemberSet(bits=second):
                return MemberSet(choose(test, first, second))
            case DeskSet(), DeskSet():
                return DeskSet({number: choose(test, one.bits[number], other.bits[number]) for number in one.bits})
            case TextSet(), TextSet():
                kept = [(number, self._s.And(test, held)) for number, held in one.elements]
                return TextSet(
                    [*kept, *((number, self._s.And(self._s.Not(test), held)) for number, held in other.elements)]
                )
            case _:
                return choose(test, one, other)

    def _equal(self, left: Value, right: Value) -> Value:
        s = self._s
        match left, right:
            case Text() | Code(), Text() | Code():
                return self._number(left) == self._number(right)
            case MemberOf(bit=first), MemberOf(bit=second):
                return first == second
            case DeskOf(), DeskOf():
                return s.And(left.home == right.home, left.role == right.role)
            case MemberSet(bits=first), MemberSet(bits=second):
                return first == second
            case (DeskSet(), DeskSet()) | (TextSet(), TextSet()):
                return s.And(self._contains_all(left, right), self._contains_all(right, left))
            case _:
                return left == right

    def _compared(self, op: Comparison, left: Value, right: Value) -> Value:
        match op:
            case "less":
                return left < right
            case "less_eq":
                return left <= right
            case "greater":
                return left > right
            case "greater_eq":
                return left >= right

    def _computed(self, op: Arithmetic, left: Value, right: Value) -> tuple[Value, Value | None]:
        value = {"add": lambda: left + right, "sub": lambda: left - right, "mul": lambda: left * right}[op]()
        return value, self._s.Or(value > MOST, value < LEAST)

    def _inside(self, left: Value, right: Value) -> Value:
        own = MemberOf(self._request.origin) if isinstance(left, Whole) else left
        found = [self._within_one(own, right)]
        if isinstance(own, DeskOf):
            found.append(self._within_one(MemberOf(own.home), right))
        return self._any(found)

    def _within_one(self, own: Value, right: Value) -> Term:
        match own, right:
            case (MemberOf(), MemberOf()) | (DeskOf(), DeskOf()):
                return self._equal(own, right)
            case (MemberOf(), MemberSet()) | (DeskOf(), DeskSet()):
                return self._contains(right, own)
            case _:
                return self._s.BoolVal(False)

    def _contains(self, members: Value, one: Value) -> Value:
        match members:
            case MemberSet(bits=bits):
                return self._meets(bits, one.bit)
            case DeskSet(bits=rows):
                found = [self._s.And(one.role == number, self._meets(bits, one.home)) for number, bits in rows.items()]
                return self._any(found)
            case TextSet(elements=elements):
                wanted = self._number(one)
                return self._any([self._s.And(held, number == wanted) for number, held in elements])
            case _:
                raise TypeError("contains passed the check of constructs")

    def _contains_all(self, members: Value, others: Value) -> Value:
        match members, others:
            case MemberSet(bits=first), MemberSet(bits=second):
                return (first & second) == second
            case DeskSet(), DeskSet():
                return self._s.And([(bits & others.bits[n]) == others.bits[n] for n, bits in members.bits.items()])
            case _:
                wanted = [
                    self._s.Implies(held, self._contains(members, Text(number))) for number, held in others.elements
                ]
                return self._s.And([self._s.BoolVal(True), self._s.BoolVal(True), *wanted])

    def _contains_any(self, members: Value, others: Value) -> Value:
        match members, others:
            case MemberSet(bits=first), MemberSet(bits=second):
                return self._meets(first, second)
            case DeskSet(), DeskSet():
                return self._any([self._meets(bits, others.bits[number]) for number, bits in members.bits.items()])
            case _:
                return self._any(
                    [self._s.And(held, self._contains(members, Text(number))) for number, held in others.elements]
                )

    def _empty(self, members: Value) -> Value:
        match members:
            case MemberSet(bits=bits):
                return bits == self._request.zero()
            case DeskSet(bits=rows):
                return self._s.And([bits == self._request.zero() for bits in rows.values()])
            case _:
                return self._s.Not(self._any([held for _, held in members.elements]))

    def _has_tag(self, entity: Value, key: Value) -> Value:
        bit = self._key(key)
        others = bit != self._request.bit("")
        return self._s.And(others, bit != entity.bit)

    def _tag(self, entity: Value, key: Value) -> Value:
        return self._request.entry(self._table, entity.bit, self._key(key))

    def _key(self, key: Value) -> Term:
        if isinstance(key, Code):
            return key.member
        term = self._request.bit("")
        for code in self._request.codes:
            term = self._s.If(key.number == self._request.texts.of(code), self._request.bit(code), term)
        return term

    def _meets(self, bits: Term, others: Term) -> Term:
        return (bits & others) != self._request.zero()
