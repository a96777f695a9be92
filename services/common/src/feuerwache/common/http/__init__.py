"""HTTP calls to addresses that others chose: guarded, bounded in time and size, never redirected."""
