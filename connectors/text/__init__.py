"""Text: encodings, dialects of delimited text, records that survive bad quoting, columns of fixed width."""
