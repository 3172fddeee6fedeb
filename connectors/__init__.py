"""How bytes become an all-text table with row numbers. Knows no canonical field."""
