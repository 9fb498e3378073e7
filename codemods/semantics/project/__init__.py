"""All files of a project, and of the packages that it imports: which symbol a name leads to, and what that is."""
