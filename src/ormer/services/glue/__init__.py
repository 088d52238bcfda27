"""Glue's data catalog: https://docs.aws.amazon.com/glue/latest/webapi/API_Operations.html"""
