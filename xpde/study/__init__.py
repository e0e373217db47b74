"""Floor 7: scenarios, data, runs, agreement, store."""
