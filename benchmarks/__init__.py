"""Measuring the product beside a bare Starlette route that returns the same bytes: `make bench`.

`data.py` fills a database, `serve.py` is what is measured, `load.py` asks, `measure.py` takes the time and the
processor's, `report.py` prints. Only ratios say something: both sides run in the same minute on the same machine.
"""
