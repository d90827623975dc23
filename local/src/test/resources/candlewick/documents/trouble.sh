# As upgrade: for runbooks about a job on a cluster.
