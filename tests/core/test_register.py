"""What a register knows by itself."""

import pytest

from wdj.core.register import group_number


@pytest.mark.parametrize(
    ("name", "number"),
    [("一组", 1), ("十组", 10), ("十二组", 12), ("二十组", 20), ("第三村民小组", 3), ("3组", 3), ("河东", 0), ("", 0)],
)
def test_groups_are_walked_by_their_numbers(name: str, number: int) -> None:
    assert group_number(name) == number
