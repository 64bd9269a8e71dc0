"""Draws docs/lifecycles.md from the workflow tables, so that a county can read and argue about them."""

from wdj.core.workflow import Transition, Workflow
from wdj.modules import MODULES

HEAD = """# 一件东西怎么走

这一页由 `flask wdj lifecycles > docs/lifecycles.md` 从各部分的 `rules.py` 生成，不要用手改。
按钮、能不能办、办理记录，都出自同一张表。哪一级的人在什么情况下能办，见 [谁能做什么](rights.md)。
"""


def lifecycles() -> str:
    """The whole page: for each type of item its states and the ways between them."""
    parts = [
        _part(f"## {module.label}：{cls.__name__}", workflow)
        for module in MODULES
        for cls, workflow in module.types.items()
    ]
    return "\n".join([HEAD, *parts])


def _part(heading: str, workflow: Workflow) -> str:
    states = [f"| {label} | {_where(workflow, state)} |" for state, label in workflow.states.items()]
    ways = [_way(workflow, each) for each in workflow.transitions]
    return "\n".join([
        heading, "", "| 状态 | 这时候 |", "|---|---|", *states,
        "", "| 动作 | 从 | 到 | 谁 | 要不要原因 |", "|---|---|---|---|---|", *ways, "",
    ])  # fmt: skip


def _where(workflow: Workflow, state: str) -> str:
    """What holds while it is in this state, as words."""
    words = {
        "公开了的大家看得见" if workflow.by_choice else "大家都看得见": workflow.public,
        "在上级的工作台上等着": workflow.waiting,
        "在本单位手上": workflow.working,
        "定下了，还能改": workflow.decided,
        "到此为止": workflow.ends,
    }
    return "，".join(word for word, states in words.items() if state in states)


def _way(workflow: Workflow, way: Transition) -> str:
    start = "、".join(workflow.states[state] for state in way.sources)
    who = getattr(way.guard, "words", way.guard.__name__)
    return f"| {way.label} | {start} | {workflow.states.get(way.to, '不变')} | {who} | {'要' if way.note else '不要'} |"
