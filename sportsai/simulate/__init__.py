"""Games that nobody played, exact in every label: one file a sport. They say simulated wherever they show."""
