"""sportsai: from tracking data or footage to a report whose every statement links to evidence."""

__version__ = "0.1.0"
