"""The customer summaries (frequency, recency, T, monetary value) of two libraries, over the same sales lines.

Runs under the interpreter of the rivals: ``summaries.py lifetimes|pymc FOLDER``. Reading is counted, importing
the library is not.
"""

import json
import resource
import sys
import time
import warnings
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds


def sales_lines(folder):
    """Customer, order date and amount of the counted sales lines."""
    field = ds.field
    where = field("line_type").isin(["sale", "service"]) & (field("status") != "cancelled")
    files = sorted(str(path) for path in (Path(folder) / "order_lines").rglob("*.parquet"))
    data = ds.dataset(files).to_table(columns=["customer_code", "order_date", "base_amount"], filter=where)
    data = data.set_column(1, "order_date", data["order_date"].cast(pa.timestamp("s")))
    data = data.set_column(2, "base_amount", data["base_amount"].cast(pa.float64()))
    return data.to_pandas()


def lifetimes(folder):
    """``summary_data_from_transaction_data``."""
    from lifetimes.utils import summary_data_from_transaction_data as summary

    return lambda: summary(
        sales_lines(folder), "customer_code", "order_date", "base_amount", observation_period_end="2026-10-31"
    )


def pymc(folder):
    """``rfm_summary``."""
    from pymc_marketing.clv.utils import rfm_summary

    return lambda: rfm_summary(
        sales_lines(folder),
        customer_id_col="customer_code",
        datetime_col="order_date",
        monetary_value_col="base_amount",
        observation_period_end="2026-10-31",
    )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    run = {"lifetimes": lifetimes, "pymc": pymc}[sys.argv[1]](sys.argv[2])
    begun, cpu = time.perf_counter(), time.process_time()
    rows = run()
    print(
        json.dumps(
            {
                "rows": len(rows),
                "seconds": time.perf_counter() - begun,
                "cpu_seconds": time.process_time() - cpu,
                "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            }
        )
    )
