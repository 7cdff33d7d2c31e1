"""Many games read, analysed and reported at once, on a cluster or in one process; nothing done twice, nothing lost.

sources     what the user named -> items: a source each, or a game each where a reader can say what is inside
store       where the games lie: a folder, or object storage by way of a library of each worker's own
work        one game: read, analysed, summed up, reported; says what failed instead of raising it
limit       ends a game that takes too long
pool        in this process, or on Dask: a few games at a time, a lost worker's game again elsewhere
styles      whom teams move like, from sums that each game keeps
run         the season: all items, all reports, one page
"""
