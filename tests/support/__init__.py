"""What tests share. Importable as `support.…`."""
