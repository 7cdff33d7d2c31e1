"""What the report tells of one play of American football, from 22 players, the ball and the log's tags."""
