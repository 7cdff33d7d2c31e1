"""What basketball's sections count: possessions, shots by place, drives, spacing, screens, line-ups."""
