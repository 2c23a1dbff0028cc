"""Read plan files: what a run begins with, and the commands people have scripted for it."""
