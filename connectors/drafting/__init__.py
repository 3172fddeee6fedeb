"""What columns are: evidence of headers and values, and the draft of a source YAML made of it."""
