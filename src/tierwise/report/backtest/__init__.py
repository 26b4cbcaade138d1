"""The report of a backtest: the same page and workbook as the report of a day, with other panels."""
