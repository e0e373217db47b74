"""Published studies done again, their numbers beside ours."""
