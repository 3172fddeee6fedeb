"""One module an agency (or a kind of file that several share): its people, its columns, its habits."""
