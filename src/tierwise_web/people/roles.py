"""The roles, how far each sees, and what each may do. Source: spec 3.3, 12.5."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tierwise.kernel.text import Text

Reach = Literal["none", "agent", "own", "team", "subtree", "all"]
REACHES: tuple[Reach, ...] = ("none", "agent", "own", "team", "subtree", "all")
"""From narrow to wide."""

SEE_CUSTOMERS = "customers.see"
EXPORT_CUSTOMERS = "customers.export"
SEE_PROFIT = "profit.see"
SEE_INSIGHT = "insight.see"
SEE_RUNS = "runs.see"
START_RUNS = "runs.start"
APPROVE_RUNS = "runs.approve"
SEE_IMPORTS = "imports.see"
UNDO_IMPORTS = "imports.undo"
SEE_EDITS = "edits.see"
HAND_OVER = "edits.hand-over"
SEE_ASSESSMENTS = "assessments.see"
ASSESS = "assessments.write"
EDIT_CUSTOMERS = "customers.edit"
TRANSFER_CUSTOMERS = "customers.transfer"
EDIT_SEGMENTS = "segments.edit"
SEE_SEGMENTS = "segments.see"
SEE_POOL = "pool.see"
CLAIM_CUSTOMERS = "pool.claim"
SEE_CONTACTS = "contacts.see"
LOG_WORK = "dealings.write"
ACCEPT_ASSESSMENTS = "assessments.accept"
SEE_DUPLICATES = "duplicates.see"
MERGE_CUSTOMERS = "customers.merge"
MANAGE_PEOPLE = "people.manage"
READ_LOG = "log.read"


@dataclass(frozen=True, slots=True)
class Role:
    """What one role is called, sees and may do."""

    code: str
    title: Text
    reach: Reach
    may: frozenset[str]


_WORK = (SEE_CUSTOMERS, EXPORT_CUSTOMERS, SEE_PROFIT, SEE_ASSESSMENTS, SEE_CONTACTS, SEE_SEGMENTS)
_BOOK = (SEE_IMPORTS, SEE_EDITS)
_LEAD = (*_WORK, SEE_INSIGHT, SEE_RUNS)


def _role(code: str, en: str, zh: str, reach: Reach, *may: str) -> Role:
    return Role(code, Text(en, zh), reach, frozenset(may))


ROLES: dict[str, Role] = {
    role.code: role
    for role in (
        _role("admin", "Administrator", "系统管理员", "none", MANAGE_PEOPLE),
        _role(
            "data_steward",
            "Data steward",
            "数据管理员",
            "all",
            *_WORK,
            SEE_RUNS,
            *_BOOK,
            HAND_OVER,
            EDIT_CUSTOMERS,
            TRANSFER_CUSTOMERS,
            EDIT_SEGMENTS,
            SEE_POOL,
            UNDO_IMPORTS,
            SEE_DUPLICATES,
            MERGE_CUSTOMERS,
        ),
        _role("analyst", "Grading analyst", "分级分析员", "all", *_LEAD, START_RUNS, *_BOOK, HAND_OVER),
        _role("policy_owner", "Policy owner", "策略负责人", "all", *_LEAD),
        _role(
            "approver",
            "Approver (sales director)",
            "审批人（销售总监）",
            "all",
            *_LEAD,
            APPROVE_RUNS,
            ACCEPT_ASSESSMENTS,
        ),
        _role(
            "account_manager",
            "Account manager",
            "客户经理",
            "own",
            *_WORK,
            ASSESS,
            EDIT_CUSTOMERS,
            LOG_WORK,
            SEE_POOL,
            CLAIM_CUSTOMERS,
        ),
        _role(
            "executive_sponsor",
            "Executive sponsor",
            "高层支持者",
            "subtree",
            *_LEAD,
            LOG_WORK,
            ACCEPT_ASSESSMENTS,
        ),
        _role(
            "sales_manager",
            "Sales manager",
            "销售经理",
            "subtree",
            *_LEAD,
            ASSESS,
            EDIT_CUSTOMERS,
            TRANSFER_CUSTOMERS,
            EDIT_SEGMENTS,
            LOG_WORK,
            SEE_POOL,
            CLAIM_CUSTOMERS,
            ACCEPT_ASSESSMENTS,
        ),
        _role(
            "national_kam",
            "National key account manager",
            "全国重点客户经理",
            "subtree",
            *_LEAD,
            ASSESS,
            EDIT_CUSTOMERS,
            TRANSFER_CUSTOMERS,
            EDIT_SEGMENTS,
            LOG_WORK,
            SEE_POOL,
            CLAIM_CUSTOMERS,
            ACCEPT_ASSESSMENTS,
        ),
        _role(
            "regional_kam",
            "Regional key account specialist",
            "区域重点客户专员",
            "team",
            *_WORK,
            ASSESS,
            EDIT_CUSTOMERS,
            LOG_WORK,
            SEE_POOL,
            CLAIM_CUSTOMERS,
        ),
        _role("service_agent", "Service agent", "客服人员", "all", SEE_CUSTOMERS, SEE_CONTACTS, LOG_WORK),
        _role("service_supervisor", "Service supervisor", "客服主管", "all", *_WORK, LOG_WORK),
        _role("credit_controller", "Credit controller", "信用管理员", "all", *_WORK, LOG_WORK),
        _role("finance", "Finance", "财务", "all", *_LEAD, SEE_IMPORTS),
        _role("marketing", "Marketing", "市场人员", "all", *_WORK, SEE_INSIGHT, EDIT_SEGMENTS),
        _role("executive", "Executive", "高管", "all", *_LEAD),
        _role("agent_user", "Agent's user", "代理商用户", "agent", SEE_CUSTOMERS),
        _role("auditor", "Auditor", "审计", "all", *_LEAD, *_BOOK, READ_LOG, SEE_DUPLICATES),
    )
}


def permissions_of(codes: frozenset[str]) -> frozenset[str]:
    """Everything that any of the roles may do."""
    return frozenset().union(*(ROLES[code].may for code in codes))


def roles_with(permission: str) -> frozenset[str]:
    """The roles that allow something."""
    return frozenset(code for code, role in ROLES.items() if permission in role.may)


def reach_of(codes: frozenset[str]) -> Reach:
    """How far the widest of the roles sees."""
    seeing = [ROLES[code].reach for code in codes if SEE_CUSTOMERS in ROLES[code].may]
    return max(seeing, key=REACHES.index, default="none")


def sees_profit(codes: frozenset[str]) -> bool:
    """Whether profit and cost are shown: only if a role that reaches as far as the person sees allows it.

    A service agent who is also account manager of some customers sees all customers, and no profit: otherwise the
    narrow role would open the figures of everybody.
    """
    reach = reach_of(codes)
    return any(SEE_PROFIT in ROLES[code].may and ROLES[code].reach == reach for code in codes)
