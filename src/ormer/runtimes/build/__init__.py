"""The program of a build: it runs a buildspec's phases in a shell, gathers artifacts and says how far it is.

Standard library only, and nothing of ormer: it runs alone in a sandbox.
"""
