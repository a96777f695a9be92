"""What was passed on to a department, and shows up again when nobody answered."""
