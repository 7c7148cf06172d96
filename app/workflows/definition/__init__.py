"""What a workflow is: a graph of nodes, their kinds, and the decisions of a run. Reads and writes nothing."""
