"""The programming interface of the node: the same acts and views as the pages, as JSON."""
