"""What people answer by button, digit or text message: proven, understood, put on record, and told what came of it."""
