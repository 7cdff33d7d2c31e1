"""Follow a game while it is played: frames come in one after the other, events go out as they become certain.

    feeds/       one file a format: what a line of it says
    source       a growing file, or lines from loopback, as complete lines
    stretch      the last frames, as much of them as a model still needs
    direction    who attacks where, from a period's first frames
    models/      one file a model that can speak before the game is over: what it says is what it would say of the whole
    log          events written a line at a time, and gone on with after a stop
    follow       all of it together
    finished     the finished game of the same lines, to compare with
A buffer of fixed length is all that is kept. An event goes out when no later frame can change it.
"""
