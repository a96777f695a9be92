"""The duty roster as people read it: week by week in their own zone, in a terminal or on a page."""
