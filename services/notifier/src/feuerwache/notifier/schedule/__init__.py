"""Who is on call: shifts by the wall clock, rotations, exceptions, gaps. Pure; time is handed in."""
