"""The report of an analysis in three forms for people: a page, a document and a notebook, all from the same facts."""
