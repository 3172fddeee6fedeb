"""Tables in rows of cells, whatever file they came from: header, data, totals, notes, headings, several tables on a sheet."""
