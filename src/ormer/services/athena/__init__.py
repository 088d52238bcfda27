"""Athena: https://docs.aws.amazon.com/athena/latest/APIReference/API_Operations.html"""
