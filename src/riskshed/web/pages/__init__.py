"""The pages of the node, a module for each family: read the request, call the desk, draw the answer."""
