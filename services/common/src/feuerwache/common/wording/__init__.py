"""What an alarm says in German and English, the same in a page, on the console and in the demo. Pure."""
