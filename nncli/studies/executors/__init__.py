"""Who trains the trials of a study: this process, processes of its own, or a cluster.

All of them train the same units to the same bits, and leave the same run directories in the study's folder; what is
done is read from there alone, never remembered.
"""
