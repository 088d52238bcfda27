"""Stacks: the rows that DescribeStacks and its kin answer and the stacks engine moves."""
