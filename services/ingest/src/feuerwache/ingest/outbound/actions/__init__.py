"""What is done on a platform by its own interface: one file per platform, and the one `Platform` made of them."""
