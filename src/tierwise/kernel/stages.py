"""The stages of long work in words: what a progress callback names, said by any face."""

from __future__ import annotations

from tierwise.kernel.text import Text

STAGES: dict[str, Text] = {
    "customers": Text("reading customers", "读取客户"),
    "order lines": Text("adding up order lines", "汇总订单行"),
    "payments": Text("following invoices and payments", "核对发票与收款"),
    "metrics": Text("deriving metrics", "计算指标"),
    "population": Text("choosing the population", "确定人群"),
    "results": Text("putting the results together", "汇总结果"),
    "checking": Text("checking the book", "检查账簿"),
    "closing": Text("closing the period", "关账"),
    "effective": Text("deriving effective grades", "推导生效等级"),
    "events": Text("writing grade events", "写入等级事件"),
    "matrix": Text("counting who moved", "统计变动"),
    "profit": Text("computing profit", "计算利润"),
    "replay_data": Text("replaying the earlier day with what is known now", "以现有数据重算前期"),
    "replay_policy": Text("replaying the earlier day by the later policy", "以后期策略重算前期"),
    "rehearse_present": Text("grading by the present policy", "按现行策略分级"),
    "rehearse_new": Text("grading by the new policy", "按新策略分级"),
    "rehearse_sections": Text("changing one section at a time", "逐段变更策略"),
    "rehearse_measures": Text("measuring what is at stake", "计算涉及的金额"),
    "causes": Text("splitting causes", "拆分原因"),
    "storing": Text("storing the run", "保存运行"),
    "comparing": Text("comparing", "比对"),
    "company": Text("writing the company's files", "生成企业数据"),
    "import": Text("importing", "导入"),
    "grade": Text("grading", "分级"),
    "future": Text("adding up what came after", "汇总其后的实际结果"),
    "measuring": Text("holding grades against it", "与等级对照"),
    "edits": Text("taking over what people edited", "纳入人工录入的变更"),
    "pages": Text("publishing to the pages", "发布到页面"),
    "list": Text("writing the list", "写出清单"),
    "report": Text("writing the report", "生成报告"),
}
