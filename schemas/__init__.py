"""What the data is: fields, tables, code lists, and the forms of the YAML that people write.

Imports nothing of ours and does no I/O beyond reading YAML and CSV.
"""
