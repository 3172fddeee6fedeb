"""Files within files: zip, gzip and tar, and files that belong together."""
