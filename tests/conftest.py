"""Its place puts this folder on the path of every test below it, so that all of them can import the cast."""
