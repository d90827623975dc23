# As job: for what changes topics and lake.
