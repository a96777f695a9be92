"""The ways to reach somebody, one file each, behind one interface."""
