"""The SMData reporting package: a signed folder with one workbook and the same tables as csv.

A template is data (``templates/*.yaml``): it names the sheets and the report table behind each. Read the report
tables (``tables``), lay them out (``workbook``), put everything in one signed folder (``package``), check such a
folder anywhere (``verify``).
"""
