"""The abalone pipeline: how many rings, and so how many years, has an abalone of these measurements?"""
