"""What hockey's sections count: entries, passes by zone, pressure, time on camera, formation."""
