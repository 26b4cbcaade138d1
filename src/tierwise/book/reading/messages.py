"""The sentences of rejected rows. Codes are stable for ever."""

from __future__ import annotations

from tierwise.kernel.text import Text, Words

REJECTS = Words(
    {
        "import.missing-value": Text(
            "{label_en} is required and is empty here.", "{label_zh}为必填项，此处为空。"
        ),
        "import.bad-date": Text(
            "{value} is not a date; write it as 2024-01-05.", "{value} 不是日期；请写成 2024-01-05。"
        ),
        "import.ambiguous-date": Text(
            "{value} does not begin with the year, and the order of day and month is not guessed; write 2024-01-05 "
            "or give date_format in the mapping file.",
            "{value} 未以年份开头，日与月的先后不作猜测；请写成 2024-01-05，或在映射文件中指定 date_format。",
        ),
        "import.date-out-of-range": Text(
            "{value} is outside the years 1900 to 9999.", "{value} 超出 1900 至 9999 年的范围。"
        ),
        "import.bad-number": Text(
            "{value} is not a number; write it as 1234.50.", "{value} 不是数字；请写成 1234.50。"
        ),
        "import.number-too-large": Text(
            "{value} is too large for {label_en}.", "{value} 超出{label_zh}可存的范围。"
        ),
        "import.too-many-places": Text(
            "{value} has more decimal places than {label_en} keeps; round it in the source or say "
            "round: true in the mapping file.",
            "{value} 的小数位数超过{label_zh}可存的位数；请在来源中取整，或在映射文件中写 round: true。",
        ),
        "import.not-whole": Text("{value} is not a whole number.", "{value} 不是整数。"),
        "import.not-positive": Text(
            "{label_en} must be above zero, not {value}.", "{label_zh}必须大于零，而此处为 {value}。"
        ),
        "import.out-of-range": Text(
            "{label_en} lies between {least} and {most}, and here is {value}.",
            "{label_zh}须在 {least} 至 {most} 之间，而此处为 {value}。",
        ),
        "import.bad-flag": Text("{value} is neither yes nor no.", "{value} 既不是“是”也不是“否”。"),
        "import.unknown-choice": Text(
            "{value} is not one of the values of {label_en}: {choices_en}.",
            "{value} 不在{label_zh}的可选值中：{choices_zh}。",
        ),
        "import.bad-currency": Text(
            "{value} is not a currency code of three letters such as CNY.",
            "{value} 不是三位字母的币种代码（如 CNY）。",
        ),
        "import.control-character": Text(
            "{label_en} contains a control character.", "{label_zh}含有控制字符。"
        ),
        "import.text-too-long": Text(
            "{label_en} is longer than 30,000 bytes.", "{label_zh}超过 30,000 字节。"
        ),
        "import.column-count": Text(
            "The line has {actual} fields where the header has {expected}; a delimiter or a quote is missing or too many.",
            "该行有 {actual} 个字段，而表头有 {expected} 个；缺少或多出了分隔符或引号。",
        ),
        "import.bad-json": Text(
            "The line is not a JSON object; the mistake is at character {at}.",
            "该行不是 JSON 对象；错误位于第 {at} 个字符。",
        ),
        "import.own-parent": Text(
            "The customer {value} is named as its own parent.", "客户 {value} 的上级客户是其自身。"
        ),
        "import.merge-itself": Text(
            "The customer {value} is merged into itself.", "客户 {value} 被合并到其自身。"
        ),
        "import.merged-survivor": Text(
            "The customer {value} is itself merged into {end}; name {end} as the survivor.",
            "客户 {value} 本身已并入 {end}；请以 {end} 为保留客户。",
        ),
        "import.merge-circle": Text(
            "The customer {value} was merged into {merged}; it cannot survive {merged}.",
            "客户 {value} 已并入 {merged}，不能再作为 {merged} 的保留客户。",
        ),
        "import.duplicate-key": Text(
            "The key {value} occurs more than once; first in line {first}.",
            "主键 {value} 重复出现；首次出现在第 {first} 行。",
        ),
    }
)
"""Code -> sentence. Slots: ``value``, ``label_en``, ``label_zh``, ``choices_en``, ``choices_zh`` and those shown."""
