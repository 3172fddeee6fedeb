"""Workbooks and what passes for them: Excel of all ages, OpenDocument, Excel 2003 XML, HTML tables."""
